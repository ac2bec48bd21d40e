//! A template of `CloudFormation`: EventBridge Scheduler starts a task on Fargate.

use super::command::{CONFIG, NotPlanned, Plan, STATE};
use super::file::File;
use super::quote::yaml;

#[expect(clippy::too_many_lines, reason = "one text, to be read as a whole")]
pub(super) fn render(plan: &Plan) -> Result<Vec<File>, NotPlanned> {
    if let Some((flag, value)) = plan.values().into_iter().find(|(_, value)| value.contains("{{")) {
        let text = "CloudFormation would take it for a dynamic reference; choose a name without {{";
        return Err(NotPlanned(format!("{flag} '{value}': {text}")));
    }
    // The task has one volume, and the config file lies on it.
    let config = if plan.config == CONFIG { format!("{STATE}/tfctrail.toml") } else { plan.config.clone() };
    let plan = Plan { config, ..plan.clone() };
    let pad = " ".repeat(12);
    let words: Vec<String> = plan.words().iter().map(|word| format!("{pad}- {}\n", yaml(word))).collect();
    let default = plan.role_arn.as_ref().map(|role| format!("    Default: {}\n", yaml(role))).unwrap_or_default();
    let (secret, secrets, grant) = secrets(&plan);
    let region = plan.region.as_ref().map_or_else(|| "!Ref AWS::Region".to_owned(), |region| yaml(region));
    let text = format!(
        "\
# tfctrail-report.cfn.yaml
#
# The nightly report of tfctrail: EventBridge Scheduler starts a task on Fargate. To install:
#   put tfctrail.toml (tfctrail config init prints one) into the root of the file system's access point, then
#   aws cloudformation deploy --stack-name tfctrail-report --template-file tfctrail-report.cfn.yaml
#     --capabilities CAPABILITY_IAM --parameter-overrides ClusterArn=… SubnetIds=… SecurityGroupIds=… …
# The task role is given the policy that tfctrail doctor prints, and elasticfilesystem:ClientMount and ClientWrite.
AWSTemplateFormatVersion: \"2010-09-09\"
Description: Nightly report of the Terraform runs in CloudTrail
Parameters:
  ClusterArn:
    Type: String
    Description: ECS cluster
  SubnetIds:
    Type: List<AWS::EC2::Subnet::Id>
    Description: Subnets that reach AWS and those who are told
  SecurityGroupIds:
    Type: List<AWS::EC2::SecurityGroup::Id>
    Description: Security groups that reach the file system
  FileSystemId:
    Type: String
    Description: EFS file system of the store and the reports. One task at a time writes to it.
  AccessPointId:
    Type: String
    Description: Its access point, owned by user and group 65532
  TaskRoleArn:
    Type: String
    Description: Role that reads CloudTrail
{default}{secret}Resources:
  Logs:
    Type: AWS::Logs::LogGroup
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties:
      RetentionInDays: 90
  ExecutionRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: \"2012-10-17\"
        Statement:
          - Effect: Allow
            Principal:
              Service: ecs-tasks.amazonaws.com
            Action: sts:AssumeRole
            Condition:
              StringEquals:
                aws:SourceAccount: !Ref AWS::AccountId
      ManagedPolicyArns:
        - !Sub arn:${{AWS::Partition}}:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy
{grant}  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      RequiresCompatibilities:
        - FARGATE
      NetworkMode: awsvpc
      Cpu: \"1024\"
      Memory: \"2048\"
      ExecutionRoleArn: !GetAtt ExecutionRole.Arn
      TaskRoleArn: !Ref TaskRoleArn
      Volumes:
        - Name: state
          EFSVolumeConfiguration:
            FilesystemId: !Ref FileSystemId
            TransitEncryption: ENABLED
            AuthorizationConfig:
              AccessPointId: !Ref AccessPointId
              IAM: ENABLED
        - Name: tmp
      ContainerDefinitions:
        - Name: report
          Image: {image}
          Essential: true
          User: \"65532:65532\"
          ReadonlyRootFilesystem: true
          LinuxParameters:
            InitProcessEnabled: true
            Capabilities:
              Drop:
                - ALL
          Command:
{words}          Environment:
            - Name: HOME
              Value: {STATE}
            - Name: AWS_REGION
              Value: {region}
{secrets}          MountPoints:
            - SourceVolume: state
              ContainerPath: {STATE}
              ReadOnly: false
            - SourceVolume: tmp
              ContainerPath: /tmp
              ReadOnly: false
          LogConfiguration:
            LogDriver: awslogs
            Options:
              awslogs-group: !Ref Logs
              awslogs-region: !Ref AWS::Region
              awslogs-stream-prefix: tfctrail
  SchedulerRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: \"2012-10-17\"
        Statement:
          - Effect: Allow
            Principal:
              Service: scheduler.amazonaws.com
            Action: sts:AssumeRole
            Condition:
              StringEquals:
                aws:SourceAccount: !Ref AWS::AccountId
      Policies:
        - PolicyName: start
          PolicyDocument:
            Version: \"2012-10-17\"
            Statement:
              - Effect: Allow
                Action: ecs:RunTask
                Resource: !Ref Task
                Condition:
                  ArnEquals:
                    ecs:cluster: !Ref ClusterArn
              - Effect: Allow
                Action: iam:PassRole
                Resource:
                  - !GetAtt ExecutionRole.Arn
                  - !Ref TaskRoleArn
                Condition:
                  StringEquals:
                    iam:PassedToService: ecs-tasks.amazonaws.com
  Nightly:
    Type: AWS::Scheduler::Schedule
    Properties:
      Description: Report of the Terraform runs in CloudTrail
      ScheduleExpression: \"cron({minute} {hour} * * ? *)\"
      ScheduleExpressionTimezone: UTC
      FlexibleTimeWindow:
        Mode: \"OFF\"
      Target:
        Arn: !Ref ClusterArn
        RoleArn: !GetAtt SchedulerRole.Arn
        # A night that was missed is made up for by --catch-up.
        RetryPolicy:
          MaximumEventAgeInSeconds: 7200
          MaximumRetryAttempts: 5
        EcsParameters:
          TaskDefinitionArn: !Ref Task
          LaunchType: FARGATE
          NetworkConfiguration:
            AwsvpcConfiguration:
              AssignPublicIp: DISABLED
              Subnets: !Ref SubnetIds
              SecurityGroups: !Ref SecurityGroupIds
",
        words = words.concat(),
        image = yaml(&plan.image),
        minute = plan.at.minute,
        hour = plan.at.hour,
    );
    Ok(vec![File { name: "tfctrail-report.cfn.yaml", text }])
}

/// The parameter, the container's part and the role's part of secrets; nothing where there are none.
fn secrets(plan: &Plan) -> (&'static str, String, &'static str) {
    if plan.secrets.is_empty() {
        return ("", String::new(), "");
    }
    let parameter = "  SecretArn:
    Type: String
    Description: Secret of Secrets Manager, a JSON object with the secrets of notifications by the names of their variables
";
    let entries: Vec<String> = plan
        .secrets
        .iter()
        .map(|name| format!("            - Name: {name}\n              ValueFrom: !Sub \"${{SecretArn}}:{name}::\"\n"))
        .collect();
    let grant = "      Policies:
        - PolicyName: secrets
          PolicyDocument:
            Version: \"2012-10-17\"
            Statement:
              - Effect: Allow
                Action: secretsmanager:GetSecretValue
                Resource: !Ref SecretArn
";
    (parameter, format!("          Secrets:\n{}", entries.concat()), grant)
}
