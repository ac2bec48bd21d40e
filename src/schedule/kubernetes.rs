//! A `CronJob`, with what it needs around it.

use super::command::{CONFIG, NotPlanned, Plan, STATE};
use super::file::File;
use super::quote::{argument, block, yaml};

#[expect(clippy::too_many_lines, reason = "one text, to be read as a whole")]
pub(super) fn render(plan: &Plan) -> Result<Vec<File>, NotPlanned> {
    if plan.config != CONFIG {
        return Err(NotPlanned(format!("--config-path '{}': the ConfigMap lies at {CONFIG}", plan.config)));
    }
    let config = plan.config_text.clone().unwrap_or_else(|| format!("store = \"{STATE}/store.db\"\n"));
    let role = match &plan.role_arn {
        Some(role) => format!("  annotations:\n    eks.amazonaws.com/role-arn: {}\n", yaml(role)),
        None => String::new(),
    };
    let args: Vec<String> =
        plan.words().iter().map(|word| format!("                - {}\n", yaml(&argument(word)))).collect();
    let region = match &plan.region {
        Some(region) => {
            format!("                - name: AWS_REGION\n                  value: {}\n", yaml(&argument(region)))
        }
        None => String::new(),
    };
    let text = format!(
        "\
# tfctrail.yaml
#
# The nightly report of tfctrail as a CronJob. To install:
#   kubectl create namespace tfctrail
#   kubectl -n tfctrail create secret generic tfctrail --from-literal=NAME=value     secrets of notifications, if any
#   kubectl -n tfctrail apply -f tfctrail.yaml
# To try it now: kubectl -n tfctrail create job --from=cronjob/tfctrail-report try
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: tfctrail
  labels:
    app.kubernetes.io/name: tfctrail
{role}automountServiceAccountToken: false
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: tfctrail
  labels:
    app.kubernetes.io/name: tfctrail
data:
  tfctrail.toml: {config}
---
# The store and the reports.
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: tfctrail
  labels:
    app.kubernetes.io/name: tfctrail
spec:
  accessModes:
    - ReadWriteOnce
  resources:
    requests:
      storage: 10Gi
---
apiVersion: batch/v1
kind: CronJob
metadata:
  name: tfctrail-report
  labels:
    app.kubernetes.io/name: tfctrail
spec:
  schedule: \"{minute} {hour} * * *\"
  timeZone: Etc/UTC
  # One at a time: the store has one writer.
  concurrencyPolicy: Forbid
  # A night that was missed is not started late; --catch-up writes its report the next time.
  startingDeadlineSeconds: 7200
  successfulJobsHistoryLimit: 3
  failedJobsHistoryLimit: 3
  jobTemplate:
    spec:
      backoffLimit: 2
      activeDeadlineSeconds: 21600
      # Another attempt does not help where the usage is wrong (2), permission is missing (4), or the report is out, with
      # findings (3) or incomplete coverage (5).
      podFailurePolicy:
        rules:
          - action: FailJob
            onExitCodes:
              containerName: report
              operator: In
              values: [2, 3, 4, 5]
      template:
        metadata:
          labels:
            app.kubernetes.io/name: tfctrail
        spec:
          serviceAccountName: tfctrail
          automountServiceAccountToken: false
          enableServiceLinks: false
          restartPolicy: Never
          securityContext:
            runAsNonRoot: true
            runAsUser: 65532
            runAsGroup: 65532
            fsGroup: 65532
            fsGroupChangePolicy: OnRootMismatch
            seccompProfile:
              type: RuntimeDefault
          containers:
            - name: report
              image: {image}
              args:
{args}              env:
                - name: HOME
                  value: {STATE}
                - name: TMPDIR
                  value: /tmp
{region}              envFrom:
                - secretRef:
                    name: tfctrail
                    optional: true
              securityContext:
                allowPrivilegeEscalation: false
                readOnlyRootFilesystem: true
                capabilities:
                  drop: [ALL]
              resources:
                requests:
                  cpu: 500m
                  memory: 256Mi
                limits:
                  memory: 2Gi
              volumeMounts:
                - name: state
                  mountPath: {STATE}
                - name: config
                  mountPath: /etc/tfctrail
                  readOnly: true
                - name: tmp
                  mountPath: /tmp
          volumes:
            - name: state
              persistentVolumeClaim:
                claimName: tfctrail
            - name: config
              configMap:
                name: tfctrail
            - name: tmp
              emptyDir: {{}}
",
        config = block(&config, 2),
        minute = plan.at.minute,
        hour = plan.at.hour,
        args = args.concat(),
        image = yaml(&plan.image),
    );
    Ok(vec![File { name: "tfctrail.yaml", text }])
}
