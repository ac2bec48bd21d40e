//! A workflow for GitHub Actions, which signs in to AWS with OIDC.

use super::command::{CONFIG, NotPlanned, Plan, STATE};
use super::file::File;
use super::quote::{lines, shell, workflow, yaml};

/// What the workflow uses, by commit: a tag can be moved.
const CHECKOUT: &str = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1";
const CREDENTIALS: &str = "aws-actions/configure-aws-credentials@e6de054238d6b7531b4efff3b6587d9aade6a06c # v6.2.3";

pub(super) fn render(plan: &Plan) -> Result<Vec<File>, NotPlanned> {
    let role = Plan::need(plan.role_arn.as_ref(), "--role-arn", "the workflow assumes it by OIDC")?;
    let region = Plan::need(plan.region.as_ref(), "--aws-region", "the workflow signs in there")?;
    let state = Plan::need(plan.state.as_ref(), "--state", "a runner has no disk that lasts; name s3://bucket/prefix")?;
    if !state.starts_with("s3://") {
        return Err(NotPlanned(format!("--state '{state}': not of the form s3://bucket/prefix")));
    }
    if plan.config != CONFIG {
        return Err(NotPlanned(format!("--config-path '{}': in the container it lies at {CONFIG}", plan.config)));
    }
    let inside = |path: &str| path.strip_prefix(STATE).is_some_and(|rest| rest.starts_with('/'));
    for (flag, path) in [("--store", &plan.store), ("--out", &plan.out)] {
        if !inside(path) && !path.starts_with("s3://") {
            return Err(NotPlanned(format!("{flag} '{path}': the runner keeps only what is below {STATE}")));
        }
    }
    let secrets: Vec<String> =
        plan.secrets.iter().map(|name| format!("          {name}: ${{{{ secrets.{name} }}}}\n")).collect();
    let secrets = if secrets.is_empty() { String::new() } else { format!("        env:\n{}", secrets.concat()) };
    let variables = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION"];
    let variables = variables.into_iter().chain(plan.secrets.iter().map(String::as_str));
    let variables: Vec<String> = variables.map(|name| format!("            --env {name} \\\n")).collect();
    let words = lines(&plan.words(), |word| workflow(&shell(word)));
    let words: Vec<String> = words.iter().map(|line| format!("            {line}")).collect();
    let text = format!(
        "\
# .github/workflows/tfctrail-report.yml
#
# The nightly report of tfctrail. To install: put this file and tfctrail.toml (tfctrail config init prints one) into a
# private repository, let the role trust its OIDC tokens, and give it the policy that tfctrail doctor prints, and reading
# and writing at the state below. A workflow that is late, or missed a night, is made up for by --catch-up.
name: tfctrail report
on:
  schedule:
    - cron: \"{minute} {hour} * * *\"
  workflow_dispatch:
permissions: {{}}
# One at a time: the store has one writer.
concurrency:
  group: tfctrail-report
  cancel-in-progress: false
jobs:
  report:
    name: Nightly report
    runs-on: ubuntu-24.04
    timeout-minutes: 180
    permissions:
      contents: read
      # For the OIDC token that the role trusts.
      id-token: write
    steps:
      - uses: {CHECKOUT}
        with:
          persist-credentials: false
      - uses: {CREDENTIALS}
        with:
          role-to-assume: {role}
          aws-region: {region}
      - name: Fetch the store
        id: fetch
        run: |
          mkdir -m 0700 state
          aws s3 sync --only-show-errors {state} state
      - name: Write the report
{secrets}        run: |
          docker run --rm --read-only --tmpfs /tmp \\
            --user \"$(id -u):$(id -g)\" --cap-drop ALL --security-opt no-new-privileges \\
            --volume \"$PWD/state:{STATE}\" \\
            --volume \"$PWD/tfctrail.toml:{CONFIG}:ro\" \\
{variables}            {image} \\
{words}
      # Also after findings or incomplete coverage, but never after half a fetch, which would delete the other half. --delete,
      # so that no log of an older store comes back beside a newer one.
      - name: Keep the store and the reports
        if: ${{{{ !cancelled() && steps.fetch.outcome == 'success' }}}}
        run: aws s3 sync --only-show-errors --delete state {state}
",
        minute = plan.at.minute,
        hour = plan.at.hour,
        role = yaml(&workflow(role)),
        region = yaml(&workflow(region)),
        state = workflow(&shell(state)),
        image = workflow(&shell(&plan.image)),
        variables = variables.concat(),
        words = words.join(" \\\n"),
    );
    Ok(vec![File { name: "tfctrail-report.yml", text }])
}
