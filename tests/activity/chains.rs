//! Sessions that others began, and those of strangers.

use serde_json::{Value, json};

use super::{BEGIN, HOME, HOUR, Owner, RunCells, Session, Shows, TARGETS, World, time};

impl World {
    /// The event with which a run got its session.
    pub(super) fn assumption(&mut self, session: &Session, subject: &str) {
        let provider = format!("arn:aws:iam::{}:oidc-provider/app.terraform.io", session.account);
        let identity = json!({
            "type": "WebIdentityUser",
            "principalId": format!("{provider}:aws.workload.identity:{subject}"),
            "userName": subject,
            "identityProvider": provider,
        });
        let mut event = self.event(&identity, &session.account, "sts", "AssumeRoleWithWebIdentity", session.start);
        let name = session.principal.split_once(':').unwrap().1;
        event["requestParameters"] = json!({"roleArn": session.role, "roleSessionName": name});
        event["responseElements"] = self.response(session);
        event["responseElements"]["subjectFromWebIdentityToken"] = subject.into();
        self.log(&event);
    }

    /// What STS answers, with an end or, where it is an hour after the start, at times without one.
    fn response(&mut self, session: &Session) -> Value {
        let mut response = json!({
            "credentials": {"accessKeyId": session.key, "sessionToken": "FAKE-SESSION-TOKEN"},
            "assumedRoleUser": {"assumedRoleId": session.principal, "arn": "arn:aws:sts::1:assumed-role/x/y"},
        });
        if session.end - session.start != HOUR || self.choices.one_in(2) {
            response["credentials"]["expiration"] = time(session.end).into();
        }
        response
    }

    /// Chains of all kinds from a session; from the ones that it begins too.
    pub(super) fn chains(&mut self, session: &Session, at: i64, deep: usize) {
        let child = self.assume(session, "key", at, deep);
        if deep < 2 {
            self.chains(&child, at + 300, deep + 1);
        }
        if deep == 1 {
            self.root(&child, at + 310);
            self.token(&child, at + 320);
            self.federated(&child, at + 330);
        }
    }

    /// A role that a session assumes in another account, whose copy of the call is there too.
    pub(super) fn assume(&mut self, session: &Session, join: &'static str, at: i64, deep: usize) -> Session {
        let child = self.child(session, TARGETS[deep], at);
        let shows = if join == "name" { Shows::Principal } else { Shows::Key };
        let identity = self.identity(session, shows);
        let mut event = self.event(&identity, &session.account, "sts", "AssumeRole", at);
        self.begin(&mut event, &child);
        let shared = self.fresh("shared-");
        event["sharedEventID"] = shared.clone().into();
        let mut seen = event.clone();
        // The row has the resources of both.
        event["resources"] = json!([{"ARN": "arn:aws:iam::1:role/a"}]);
        seen["resources"] = json!([{"ARN": child.role}]);
        let mut united = event.clone();
        united["resources"] = json!([{"ARN": "arn:aws:iam::1:role/a"}, {"ARN": child.role}]);
        let owner = Self::owner(session, join);
        self.expect(&united, &owner);
        self.log_often(&event, &owner);
        self.of_target(&mut seen, session, &child);
        self.log_often(&seen, &owner);
        *self.tally.get_mut("shared_copies").unwrap() += 1;
        self.work(&child);
        child
    }

    /// The same where the caller's account is not in the archive.
    pub(super) fn copy_of_target_alone(&mut self, session: &Session, at: i64) {
        let child = self.child(session, TARGETS[0], at);
        let mut event = self.event(&json!({}), &session.account, "sts", "AssumeRole", at);
        self.begin(&mut event, &child);
        event["sharedEventID"] = self.fresh("shared-").into();
        self.of_target(&mut event, session, &child);
        // The plan is over, if it has the same principal.
        let owner = Self::owner(session, "principal");
        self.expect(&event, &owner);
        self.log_often(&event, &owner);
        self.work(&child);
    }

    /// One that is refused begins nothing.
    pub(super) fn refused(&mut self, session: &Session, at: i64) {
        let identity = self.identity(session, Shows::Key);
        let mut event = self.event(&identity, &session.account, "sts", "AssumeRole", at);
        event["errorCode"] = "AccessDenied".into();
        event["errorMessage"] = "not authorized to perform: sts:AssumeRole".into();
        let owner = Self::owner(session, "key");
        self.expect(&event, &owner);
        self.log_often(&event, &owner);
    }

    fn owner(session: &Session, join: &'static str) -> Owner {
        let Session { run, hops, via, role, .. } = session.clone();
        Owner::Run { run, join, hops, via, role }
    }

    fn child(&mut self, session: &Session, account: &str, at: i64) -> Session {
        let role_id = self.fresh("AROA");
        let via = session.via.iter().chain([&session.role]).cloned().collect();
        Session {
            kind: "AssumedRole",
            principal: format!("{role_id}:aws-go-sdk-{at}"),
            key: self.fresh("ASIA"),
            start: at,
            end: at + [HOUR, 900][self.choices.below(2)],
            account: account.to_owned(),
            role: format!("arn:aws:iam::{account}:role/child/{role_id}"),
            hops: session.hops + 1,
            via,
            run: session.run.clone(),
            provider: None,
        }
    }

    fn begin(&mut self, event: &mut Value, child: &Session) {
        event["readOnly"] = true.into();
        event["requestParameters"] = json!({"roleArn": child.role, "roleSessionName": "aws-go-sdk"});
        event["responseElements"] = self.response(child);
    }

    /// Makes of the caller's record that of the target account.
    fn of_target(&mut self, event: &mut Value, session: &Session, child: &Session) {
        event["userIdentity"] =
            json!({"type": "AWSAccount", "principalId": session.principal, "accountId": session.account});
        event["eventID"] = self.event_id().into();
        event["recipientAccountId"] = child.account.clone().into();
    }

    /// The calls of a session that another one began.
    fn work(&mut self, child: &Session) {
        for shows in [Shows::Key, Shows::KeyAlone, Shows::Start, Shows::Principal] {
            let at = self.within(child);
            self.call(child, shows, at, &child.run);
        }
        // A token of the child lasts for twelve hours.
        self.lost(child, child.end + 14 * HOUR);
    }

    /// The root user's credentials of a member account.
    fn root(&mut self, session: &Session, at: i64) {
        let account = TARGETS[2];
        let mut child = self.child(session, account, at);
        (child.kind, child.principal, child.end) = ("Root", account.to_owned(), at + 900);
        child.role = format!("arn:aws:iam::{account}:root");
        let identity = self.identity(session, Shows::Key);
        let mut event = self.event(&identity, &session.account, "sts", "AssumeRoot", at);
        let target = if self.choices.one_in(2) { account.to_owned() } else { child.role.clone() };
        event["requestParameters"] = json!({"targetPrincipal": target});
        event["responseElements"] = json!({"credentials": {"accessKeyId": child.key}});
        let owner = Self::owner(session, "key");
        self.expect(&event, &owner);
        self.log_often(&event, &owner);
        for shows in [Shows::Key, Shows::Start] {
            let at = self.within(&child);
            self.call(&child, shows, at, &child.run);
        }
    }

    /// A session of the same principal.
    fn token(&mut self, session: &Session, at: i64) {
        let mut child = self.child(session, &session.account, at);
        (child.principal, child.role) = (session.principal.clone(), session.role.clone());
        child.end = at + 12 * HOUR;
        let identity = self.identity(session, Shows::Key);
        let mut event = self.event(&identity, &session.account, "sts", "GetSessionToken", at);
        event["responseElements"] = json!({"credentials": {"accessKeyId": child.key}});
        let owner = Self::owner(session, "key");
        self.expect(&event, &owner);
        self.log_often(&event, &owner);
        self.call(&child, Shows::Key, at + 30, &child.run);
        self.call(&child, Shows::Start, at + 40, &child.run);
        // The session that it came from is over: this one lasts.
        self.call(&child, Shows::Principal, at + 2 * HOUR, &child.run);
    }

    /// A federated user.
    fn federated(&mut self, session: &Session, at: i64) {
        let mut child = self.child(session, &session.account, at);
        (child.kind, child.principal) = ("FederatedUser", format!("{}:bob{at}", session.account));
        child.role.clone_from(&session.role);
        child.end = at + 12 * HOUR;
        let identity = self.identity(session, Shows::Key);
        let mut event = self.event(&identity, &session.account, "sts", "GetFederationToken", at);
        event["responseElements"] = json!({
            "credentials": {"accessKeyId": child.key},
            "federatedUser": {"federatedUserId": child.principal},
        });
        let owner = Self::owner(session, "key");
        self.expect(&event, &owner);
        self.log_often(&event, &owner);
        for shows in [Shows::Key, Shows::Principal] {
            let at = self.within(&child);
            self.call(&child, shows, at, &child.run);
        }
    }

    /// Calls that no run made, among those that runs made.
    pub(super) fn foreigners(&mut self) {
        let account = HOME[0];
        let mut somebody = Session {
            kind: "AssumedRole",
            principal: String::new(),
            key: "ASIARECYCLED".to_owned(),
            start: BEGIN,
            end: BEGIN + HOUR,
            account: account.to_owned(),
            role: format!("arn:aws:iam::{account}:role/people"),
            hops: 0,
            via: Vec::new(),
            run: RunCells::default(),
            provider: None,
        };
        let elsewhere = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com";
        let ours = "arn:aws:iam::111122223333:oidc-provider/app.terraform.io";
        let cases = [
            (":ada@acme.example", None, Owner::Foreign),
            (":terraform-run-run-nobody", None, Owner::Foreign),
            (":GitHubActions", Some(elsewhere), Owner::Foreign),
            (":terraform-run-run-elsewhere", Some(elsewhere), Owner::Foreign),
            (":1793599200000000000", Some(ours), Owner::Unattributed),
        ];
        for (name, provider, owner) in cases {
            somebody.principal = format!("{}{name}", self.fresh("AROA"));
            somebody.provider = provider.map(str::to_owned);
            // The key is a run's, and the time lies in that run.
            let identity = self.identity(&somebody, Shows::Key);
            self.operation(&identity, account, BEGIN + 60, &owner);
        }
        let user =
            json!({"type": "IAMUser", "principalId": "AIDAEXAMPLE", "accessKeyId": "AKIAEXAMPLE", "userName": "ada"});
        self.operation(&user, account, BEGIN + 70, &Owner::Foreign);
        let service = json!({"type": "AWSService", "invokedBy": "ec2.amazonaws.com"});
        self.operation(&service, account, BEGIN + 80, &Owner::Foreign);
        // The root user of an account whose root a run became, days later.
        let root = json!({"type": "Root", "principalId": TARGETS[2], "accountId": TARGETS[2]});
        self.operation(&root, TARGETS[2], BEGIN + 80 * HOUR, &Owner::Unattributed);
        self.foreign_chain(&somebody);
    }

    /// A role that somebody assumes who is no run: it is no run's either.
    fn foreign_chain(&mut self, somebody: &Session) {
        let ada = Session { principal: "AROAADA:ada".to_owned(), provider: None, ..somebody.clone() };
        let child = self.child(&ada, TARGETS[0], BEGIN + 90);
        let identity = self.identity(&ada, Shows::Key);
        let mut event = self.event(&identity, &ada.account, "sts", "AssumeRole", BEGIN + 90);
        self.begin(&mut event, &child);
        self.log(&event);
        let identity = self.identity(&child, Shows::Key);
        self.operation(&identity, &child.account, BEGIN + 95, &Owner::Foreign);
    }
}
