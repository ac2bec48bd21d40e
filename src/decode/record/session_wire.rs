//! The fields of a call that are read, by their names on the wire (DOMAIN §5).

use super::wire::Credentials;
use crate::decode::fields::{NoFields, ObjectOrText, OptionalText, fields};

fields! {
    /// A record.
    struct SessionRecord<'a> {
        "eventTime" => time: OptionalText<'a> = text,
        "eventID" => id: OptionalText<'a> = text,
        "sharedEventID" => shared_id: OptionalText<'a> = text,
        "eventName" => name: OptionalText<'a> = text,
        "eventSource" => source: OptionalText<'a> = text,
        "awsRegion" => region: OptionalText<'a> = text,
        "recipientAccountId" => account: OptionalText<'a> = text,
        "sourceIPAddress" => source_address: OptionalText<'a> = text,
        "userAgent" => user_agent: OptionalText<'a> = text,
        "readOnly" => read_only: Option<&'a str> = raw,
        "errorCode" => error_code: ObjectOrText<'a, NoFields> = part,
        "errorMessage" => error_message: ObjectOrText<'a, NoFields> = part,
        "userIdentity" => identity: ObjectOrText<'a, SessionIdentity<'a>> = part,
        "requestParameters" => parameters: Option<&'a str> = raw,
        "responseElements" => response: ObjectOrText<'a, SessionResponse<'a>> = part,
        "resources" => resources: Option<&'a str> = raw,
    }

    /// Who called.
    struct SessionIdentity<'a> {
        "type" => kind: OptionalText<'a> = text,
        "principalId" => principal: OptionalText<'a> = text,
        "accountId" => account: OptionalText<'a> = text,
        "accessKeyId" => access_key_id: OptionalText<'a> = text,
        "invokedBy" => invoked_by: OptionalText<'a> = text,
        "sessionContext" => context: ObjectOrText<'a, SessionContext<'a>> = part,
    }

    /// The session of the credentials.
    struct SessionContext<'a> {
        "attributes" => attributes: ObjectOrText<'a, SessionAttributes<'a>> = part,
        "sessionIssuer" => issuer: ObjectOrText<'a, SessionIssuer<'a>> = part,
        "webIdFederationData" => federation: ObjectOrText<'a, WebIdFederation<'a>> = part,
    }

    /// What else is known of it.
    struct SessionAttributes<'a> {
        "creationDate" => created: OptionalText<'a> = text,
    }

    /// Whose credentials they are.
    struct SessionIssuer<'a> {
        "arn" => arn: OptionalText<'a> = text,
    }

    /// Whose token began it.
    struct WebIdFederation<'a> {
        "federatedProvider" => provider: OptionalText<'a> = text,
    }

    /// What the call asked for, where it asked for credentials.
    struct SessionRequest<'a> {
        "roleArn" => role_arn: OptionalText<'a> = text,
        "targetPrincipal" => target: OptionalText<'a> = text,
        "durationSeconds" => duration_seconds: Option<u32> = count,
    }

    /// What STS answered, and IAM.
    struct SessionResponse<'a> {
        "credentials" => credentials: ObjectOrText<'a, Credentials<'a>> = part,
        "accessKey" => access_key: ObjectOrText<'a, CreatedKey<'a>> = part,
        "assumedRoleUser" => assumed_role_user: ObjectOrText<'a, AssumedRoleUser<'a>> = part,
        "federatedUser" => federated_user: ObjectOrText<'a, FederatedUser<'a>> = part,
    }

    /// A key of a user.
    struct CreatedKey<'a> {
        "accessKeyId" => access_key_id: OptionalText<'a> = text,
    }

    /// The session of a role.
    struct AssumedRoleUser<'a> {
        "assumedRoleId" => principal: OptionalText<'a> = text,
    }

    /// The session of a federated user.
    struct FederatedUser<'a> {
        "federatedUserId" => principal: OptionalText<'a> = text,
    }
}
