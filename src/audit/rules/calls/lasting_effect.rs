//! Calls whose effect outlives the run: new ways in, and watches that are turned off.

use crate::audit::activity::run_call_group::RunCallGroup;

/// How a call lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lasting {
    /// Somebody can come in by it when the run is over.
    WayIn,
    /// What records or watches is off.
    WatchOff,
    /// What records or watches is another than before.
    WatchChanged,
}

/// Service, event, how it lasts, and what it does.
const EFFECTS: [(&str, &str, Lasting, &str); 44] = [
    ("iam", "CreateAccessKey", Lasting::WayIn, "a key without an end"),
    ("iam", "CreateUser", Lasting::WayIn, "a user, who can be given keys and passwords"),
    ("iam", "CreateLoginProfile", Lasting::WayIn, "a password for the console"),
    ("iam", "UpdateLoginProfile", Lasting::WayIn, "another password for the console"),
    ("iam", "UpdateAccessKey", Lasting::WayIn, "a key that works again, or not any more"),
    ("iam", "DeactivateMFADevice", Lasting::WayIn, "a user without a second factor"),
    ("iam", "CreateServiceSpecificCredential", Lasting::WayIn, "a password for one service"),
    ("iam", "UploadSSHPublicKey", Lasting::WayIn, "a key of a user for CodeCommit"),
    ("iam", "UploadSigningCertificate", Lasting::WayIn, "a certificate that signs as a user"),
    ("iam", "UpdateAssumeRolePolicy", Lasting::WayIn, "others who may take a role"),
    ("iam", "CreateOpenIDConnectProvider", Lasting::WayIn, "an issuer whose tokens are trusted"),
    ("iam", "AddClientIDToOpenIDConnectProvider", Lasting::WayIn, "one more audience of a trusted issuer"),
    ("iam", "UpdateOpenIDConnectProviderThumbprint", Lasting::WayIn, "another certificate of a trusted issuer"),
    ("iam", "CreateSAMLProvider", Lasting::WayIn, "an identity provider that is trusted"),
    ("iam", "UpdateSAMLProvider", Lasting::WayIn, "another certificate of a trusted identity provider"),
    ("rolesanywhere", "CreateTrustAnchor", Lasting::WayIn, "a certificate authority that is trusted"),
    ("identitystore", "CreateUser", Lasting::WayIn, "a user of IAM Identity Center"),
    ("sso-directory", "CreateUser", Lasting::WayIn, "a user of IAM Identity Center"),
    ("cloudtrail", "StopLogging", Lasting::WatchOff, "a trail that records nothing"),
    ("cloudtrail", "DeleteTrail", Lasting::WatchOff, "no trail any more"),
    ("cloudtrail", "DeleteEventDataStore", Lasting::WatchOff, "no event data store any more"),
    ("cloudtrail", "StopEventDataStoreIngestion", Lasting::WatchOff, "an event data store that takes nothing in"),
    ("cloudtrail", "PutEventSelectors", Lasting::WatchChanged, "other events in a trail"),
    ("cloudtrail", "PutInsightSelectors", Lasting::WatchChanged, "other insights of a trail"),
    ("cloudtrail", "UpdateTrail", Lasting::WatchChanged, "a trail that records elsewhere or other regions"),
    ("cloudtrail", "UpdateEventDataStore", Lasting::WatchChanged, "an event data store that keeps other events"),
    ("ec2", "DeleteFlowLogs", Lasting::WatchOff, "no flow log any more"),
    ("guardduty", "DeleteDetector", Lasting::WatchOff, "no GuardDuty any more"),
    ("guardduty", "UpdateDetector", Lasting::WatchChanged, "GuardDuty that looks at other things"),
    ("guardduty", "CreateFilter", Lasting::WatchChanged, "findings of GuardDuty that are hidden"),
    ("guardduty", "CreateIPSet", Lasting::WatchChanged, "addresses that GuardDuty trusts"),
    ("guardduty", "StopMonitoringMembers", Lasting::WatchOff, "accounts without GuardDuty"),
    ("guardduty", "DisassociateMembers", Lasting::WatchOff, "accounts that GuardDuty does not gather"),
    (
        "guardduty",
        "DisassociateFromAdministratorAccount",
        Lasting::WatchOff,
        "an account that GuardDuty does not gather",
    ),
    ("guardduty", "DeletePublishingDestination", Lasting::WatchOff, "findings of GuardDuty that are not exported"),
    ("securityhub", "DisableSecurityHub", Lasting::WatchOff, "no Security Hub any more"),
    ("config", "StopConfigurationRecorder", Lasting::WatchOff, "AWS Config that records nothing"),
    ("config", "DeleteConfigurationRecorder", Lasting::WatchOff, "no recorder of AWS Config any more"),
    ("config", "DeleteDeliveryChannel", Lasting::WatchOff, "AWS Config that delivers nothing"),
    ("access-analyzer", "DeleteAnalyzer", Lasting::WatchOff, "no analyzer of access any more"),
    ("macie2", "DisableMacie", Lasting::WatchOff, "no Macie any more"),
    ("inspector2", "Disable", Lasting::WatchOff, "no Inspector any more"),
    ("detective", "DeleteGraph", Lasting::WatchOff, "no Detective any more"),
    ("organizations", "LeaveOrganization", Lasting::WatchOff, "an account outside the organization and its policies"),
];

/// How the calls of a group last, and what they leave behind, if the table knows them.
pub(super) fn lasting(group: &RunCallGroup) -> Option<(Lasting, &'static str)> {
    let operation = &*group.kind.operation;
    let (service, event) = (operation.service.as_deref()?, operation.event_name.as_deref()?);
    let row = EFFECTS.iter().find(|(of, name, _, _)| *of == service && *name == event);
    row.map(|(_, _, lasting, effect)| (*lasting, *effect))
}
