"""The documents that `policy --emit json` prints, before a judge that others wrote: what was done is allowed, and no more.

What a call was about is worked out here a second time: from the ARNs of its record, else from what AWS documents of the
action's resources, filled with the parameters and the answer of the record. Needs what `test_permissions` needs.
"""

import collections
import contextlib
import gzip
import json
import os
import re
import tempfile
import unittest

import support
from test_permissions import ACTIONS, TYPES, forms, is_action, judge, permission, unscoped

# Parts of documented ARNs that requests call otherwise; by prefix and name in lower case.
NAMES = {
    ("iam", "rolenamewithpath"): ["roleName"], ("iam", "usernamewithpath"): ["userName"], ("eks", "clustername"): ["clusterName", "name"],
    ("route53", "id"): ["hostedZoneId", "id", "resourceId"], ("ec2", "securitygroupid"): ["groupId", "securityGroupId"], ("cloudfront", "distributionid"): ["distributionId", "id"],
    ("autoscaling", "groupfriendlyname"): ["autoScalingGroupName"], ("rds", "dbclusterinstancename"): ["dBClusterIdentifier"],
    ("rds", "dbinstancename"): ["dBInstanceIdentifier"], ("s3", "objectname"): ["key"], ("kms", "keyid"): ["keyId", "targetKeyId"],
    ("cloudwatch", "alarmname"): ["alarmName", "alarmNames"], ("events", "rulename"): ["rule", "name"],
    ("elasticfilesystem", "filesystemid"): ["fileSystemId"], ("secretsmanager", "secretid"): ["secretId"],
    ("kinesis", "streamname"): ["streamName"], ("dynamodb", "tablename"): ["tableName"],
}
# Of resources that a request calls `resourceId`.
BEGINNINGS = {"vpcid": "vpc-", "subnetid": "subnet-", "securitygroupid": "sg-"}
# What AWS makes up when it creates something, and no request tells.
MADE_UP = {"uuid", "groupid"}
UNSEEN = 100


def values(value, found):
    """Every text below a member, by the member's name in lower case; a list of texts counts as its member."""
    for name, inner in value.items() if isinstance(value, dict) else []:
        for one in inner if isinstance(inner, list) else [inner]:
            if isinstance(one, str):
                found[name.lower()].append(one)
            values(one, found)
    if isinstance(value, list):
        for one in value:
            values(one, found)
    return found


def documented(action, record):
    """The ARNs that the call must have been about, as AWS documents the resources of its action."""
    prefix, _, name = action.partition(":")
    said = values([record.get("requestParameters"), record.get("responseElements")], collections.defaultdict(list))
    given = {"partition": "aws", "region": record["awsRegion"], "account": record["recipientAccountId"]}
    arns = [value for texts in said.values() for value in texts if value.startswith("arn:")]
    own, filled = [], []
    for kind in [kind["name"].lower() for kind in ACTIONS[prefix][name.lower()]["resourceTypes"]]:
        is_other = prefix == "route53" and said["resourcetype"] and kind not in said["resourcetype"]
        kind = TYPES[prefix].get(kind)
        # Requests about tags say which kind they mean.
        if kind is None or is_other:
            continue
        form = re.compile(re.sub(r"\\\$\\\{.*?\\\}", "[^:]+", re.escape(kind["arn"])) + "$", re.S)
        own += [arn for arn in arns if form.match(arn)]
        filled += with_names(kind["arn"], prefix, said, given)
    return own or filled


def with_names(arn, prefix, said, given):
    """A documented ARN with what the record says in its parts, if it says anything of them."""
    # A name of a secret is part of its ARN, behind which AWS puts six characters.
    if prefix == "secretsmanager":
        said["secretid"] = [f"{name}-AbCdEf" for name in said["secretid"] + said["name"] if not name.startswith("arn:")]
    tells = False
    for part in re.findall(r"\$\{(.*?)\}", arn):
        low = part.lower()
        names = NAMES.get((prefix, low), [part, re.sub("WithPath$", "", part)])
        texts = [text for name in names for text in said[name.lower()] if not text.startswith("arn:")]
        begin = BEGINNINGS.get(low) if prefix == "ec2" else None
        texts += [text for text in said["resourceid"] if begin and text.startswith(begin)]
        if low.endswith("withpath"):
            texts = [next(iter(said["path"]), "/").lstrip("/") + text for text in texts]
        value = given.get(low) or next(iter(texts), "made-up" if low in MADE_UP else None)
        if value is None:
            return []
        tells |= bool(texts)
        arn = arn.replace("${" + part + "}", value.removeprefix("/hostedzone/").removeprefix("alias/"))
    return [arn] if tells else []


def asked_for(action, record):
    """The resources that a judge is asked about for a call; none where nobody can tell them."""
    if unscoped(action):
        return ["*"]
    named = [resource["ARN"] for resource in record.get("resources") or []]
    named = [arn for arn in named if any(form.match(arn) for form in forms(action))]
    return named or sorted(set(documented(action, record)))


def records(folder):
    """By event id, every record below a folder."""
    found = {}
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            with gzip.open(path, "rt") if name.endswith(".gz") else open(path, encoding="utf-8") as file:
                found.update((record["eventID"], record) for record in json.load(file).get("Records", []))
    return found


class Observed:
    """What the roles of an archive did, by the records themselves."""

    def __init__(self, folder):
        self.roles = collections.defaultdict(set)
        self.denied = collections.defaultdict(set)
        self.unknown = set()
        code, out, err = support.tfctrail("activity", folder, "--calls", "-o", "json")
        assert code == 0, err
        found = records(folder)
        for row in json.loads(out)["rows"]:
            record = found[row["event_id"]]
            for action in filter(is_action, permission(row["service"], row["event_name"]) or []):
                arns = asked_for(action, record)
                pairs = {(action, arn) for arn in arns}
                if row["outcome"] == "denied":
                    self.denied[row["role_arn"]].update(pairs)
                elif row["outcome"] == "ok":
                    self.roles[row["role_arn"]].update(pairs)
                    self.unknown |= set() if arns else {action}


def statements_with(document, action):
    return [one for one in document["Statement"] if action.lower() in [name.lower() for name in one["Action"]]]


def is_escaped(arn):
    """Whether a policy has to escape something in it: the evaluator takes what it is asked for as a pattern, too."""
    return bool(re.search(r"[*?]|\$\{|[^ -~\u00a0-\u00ff]", arn))


def reaches(pattern, arn):
    """Whether a resource of a policy with a wildcard of its own (`vpc/*`, what does not exist yet) means the ARN."""
    parts = re.split(r"(\$\{[*?$]\}|[*?])", pattern)
    wild = {"*": ".*", "?": "."}
    expression = "".join(wild.get(part, re.escape(part[2] if part.startswith("${") else part)) for part in parts if part)
    return any(part in wild for part in parts) and re.fullmatch(expression, arn, re.S) is not None


class Policies(unittest.TestCase):
    maxDiff = None

    def hold(self, folder, *flags):
        """Holds the printed documents against what was observed: actions on * that AWS could have had narrower."""
        seen = Observed(folder)
        code, out, err = support.tfctrail("policy", folder, "--emit", "json", *flags)
        self.assertEqual(code, 0, err)
        documents = json.loads(out)
        if "Statement" in documents:
            documents = {next(iter(seen.roles)): documents}
        needing = {role for role, pairs in seen.roles.items() if pairs}
        self.assertLessEqual(needing, set(documents))
        wide = {}
        for role, document in documents.items():
            wide.update(self.hold_one(role, document, seen.roles[role], seen.denied[role]))
        print(f"\n{folder}: {len(documents)} policies, {sum(map(len, seen.roles.values()))} pairs; "
              f"whose resource nobody can tell: {sorted(seen.unknown)}; on *, though AWS has resources: {sorted(wide)}")
        return seen, wide

    def hold_one(self, role, document, observed, denied):
        for statement in document["Statement"]:
            self.assertFalse([action for action in statement["Action"] if "*" in action], role)
        stars = {name for one in document["Statement"] if "*" in one["Resource"] for name in one["Action"]}
        plain = [(action, arn) for action, arn in observed if not is_escaped(arn) or arn == "*"]
        refused = [pair for pair, said in zip(plain, judge(document, plain, role)) if said != "Allowed"]
        self.assertEqual(refused, [], role)
        # A name that has to be escaped stands in the policy so that it means itself alone.
        for action, arn in set(observed) - set(plain):
            resources = [resource for one in statements_with(document, action) for resource in one["Resource"]]
            escaped = "".join("${%s}" % c if c in "*?" else c if " " <= c <= "~" else "?" for c in arn.replace("${", "${$}{"))
            self.assertIn(escaped, resources, role)
        arns = sorted({arn for _, arn in [*plain, *denied] if arn != "*" and not is_escaped(arn)})
        actions = sorted({action for action, _ in [*observed, *denied]} - stars)
        prefixes = {action.partition(":")[0] for action in actions} | {"iam", "s3"}
        every = sorted(f"{prefix}:{one['name']}" for prefix in prefixes for one in ACTIONS[prefix].values())
        used = {action.lower() for statement in document["Statement"] for action in statement["Action"]}
        unseen = [action for action in every if action.lower() not in used]
        unseen = unseen[:: max(1, len(unseen) // UNSEEN)][:UNSEEN]
        cross = [(a, arn) for a in actions + unseen for arn in arns if (a, arn) not in observed]
        cross += [(a, "*") for a in unseen if unscoped(a)]
        granted = [pair for pair, said in zip(cross, judge(document, cross, role)) if said == "Allowed"]
        to_be = lambda a, arn: any(reaches(r, arn) for one in statements_with(document, a) for r in one["Resource"])
        self.assertEqual([pair for pair in granted if not to_be(*pair)], [], role)
        return {action: role for action in stars if not unscoped(action)}

    def test_of_the_demo(self):
        seen, wide = self.hold(support.DEMO)
        self.assertGreater(len(seen.roles), 12)
        self.assertEqual((sorted(seen.unknown), sorted(wide)), ([], []))

    def test_of_a_generated_archive(self):
        with tempfile.TemporaryDirectory() as folder:
            generate(folder)
            seen, wide = self.hold(folder)
        self.assertEqual(len(seen.roles), 3)
        self.assertEqual(wide, {})
        # Mostly what AWS gives a name of its own as it comes to be.
        self.assertLessEqual(len(seen.unknown), 20, seen.unknown)


HOSTILE = ["*", "a?b", "${aws:username}", "日本", "a\u202eb", "plain"]


def generate(folder):
    """An archive of three runs, each with a role of its own, that share the calls of `permissions/calls.ndjson`; some denied."""
    with open("tests/conformance/permissions/calls.ndjson", encoding="utf-8") as file:
        calls = [json.loads(line) for line in file]
    # A key by an alias is described with its ARN in the record; as a mere parameter it names nothing.
    calls += [{"source": "s3.amazonaws.com", "event": "PutObject", "resources": [], "parameters": {"bucketName": "logs", "key": name}}
              for name in HOSTILE]
    found = []
    for number, role in enumerate(("plan", "apply", "team/chain")):
        arn, session = f"arn:aws:iam::111122223333:role/{role}", f"terraform-run-run-Gen{number}"
        provider = "arn:aws:iam::111122223333:oidc-provider/app.terraform.io"
        identity = {"type": "AssumedRole", "principalId": f"AROA{number}:{session}", "accessKeyId": f"ASIA{number}EXAMPLE",
                    "accountId": "111122223333", "sessionContext": {"sessionIssuer": {"arn": arn}, "attributes": {
                        "creationDate": "2026-11-02T10:00:00Z"}}}
        place = {"awsRegion": "eu-west-1", "recipientAccountId": "111122223333"}
        found.append({**place, "eventTime": "2026-11-02T10:00:00Z", "eventID": f"start-{number}", "eventName": "AssumeRoleWithWebIdentity",
                      "eventSource": "sts.amazonaws.com", "userIdentity": {
                          "type": "WebIdentityUser", "identityProvider": provider,
                          "userName": f"organization:acme:project:core:workspace:w{number}:run_phase:apply"},
                      "requestParameters": {"roleArn": arn, "roleSessionName": session}, "responseElements": {
                          "credentials": {"accessKeyId": identity["accessKeyId"]}, "assumedRoleUser": {"assumedRoleId": identity["principalId"]}}})
        for at, call in enumerate(calls):
            # Each role makes two thirds of the calls; what it is denied it never does.
            if (at + number) % 3 == 0:
                continue
            denied = {"errorCode": "AccessDenied", "errorMessage": "no"} if at % 11 == 0 else {}
            found.append({**place, "eventTime": f"2026-11-02T10:{10 + at // 60}:{at % 60:02}Z", "eventID": f"{number}-{at}",
                          "eventName": call["event"], "eventSource": call["source"], "userIdentity": identity, "readOnly": False,
                          "requestParameters": call["parameters"], "resources": [{"ARN": arn} for arn in call["resources"]], **denied})
    with contextlib.closing(open(os.path.join(folder, "log.json"), "w", encoding="utf-8")) as file:
        json.dump({"Records": found}, file)


if __name__ == "__main__":
    unittest.main()
