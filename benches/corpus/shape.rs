//! The events of many services, as templates. Weights, field names and nesting follow real logs; values are made up.

/// One kind of API call. Template letters: see [`super::template`].
pub(crate) struct Shape {
    /// How many of the sum of all weights.
    pub(crate) weight: usize,
    /// The service, without `.amazonaws.com`.
    pub(crate) service: &'static str,
    pub(crate) name: &'static str,
    /// JSON of `requestParameters`.
    pub(crate) request: &'static str,
    /// JSON of `responseElements`.
    pub(crate) response: &'static str,
    /// JSON of `additionalEventData`, or empty.
    pub(crate) additional: &'static str,
    /// JSON of `resources`, or empty.
    pub(crate) resources: &'static str,
    pub(crate) data: bool,
}

impl Shape {
    const fn new(weight: usize, service: &'static str, name: &'static str, request: &'static str) -> Self {
        Self { weight, service, name, request, response: "null", additional: "", resources: "", data: false }
    }

    const fn response(self, response: &'static str) -> Self {
        Self { response, ..self }
    }

    const fn resources(self, resources: &'static str) -> Self {
        Self { resources, ..self }
    }

    /// A data event with what S3 adds to it.
    const fn object(self, additional: &'static str) -> Self {
        Self { additional, data: true, ..self }
    }

    /// Whether the name says that nothing is changed.
    pub(crate) fn read_only(&self) -> bool {
        ["Get", "List", "Describe", "Head", "Batch", "Lookup", "Decrypt", "Generate", "Assume"]
            .iter()
            .any(|start| self.name.starts_with(start))
    }
}

const OBJECT: &str = r#"[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::%n-%A/year=2026/month=03/part-%h.parquet"},{"accountId":"%A","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::%n-%A"}]"#;
const TRANSFER: &str = r#"{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":0,"AuthenticationMethod":"AuthHeader","x-amz-id-2":"%b=","bytesTransferredOut":%d}"#;
const KMS_KEY: &str =
    r#"[{"accountId":"%A","type":"AWS::KMS::Key","ARN":"arn:aws:kms:%G:%A:key/1f6c2b7e-0a41-4d58-9a3c-5be0c1d2e3f4"}]"#;

/// Every kind, the weights add up to about a thousand.
pub(crate) const SHAPES: [Shape; 27] = [
    Shape::new(70, "s3", "GetObject", r#"{"bucketName":"%n-%A","Host":"%n-%A.s3.%G.amazonaws.com","key":"year=2026/month=03/part-%h.parquet"}"#).object(TRANSFER).resources(OBJECT),
    Shape::new(30, "s3", "PutObject", r#"{"bucketName":"%n-%A","Host":"%n-%A.s3.%G.amazonaws.com","key":"year=2026/month=03/part-%h.parquet","x-amz-server-side-encryption":"aws:kms"}"#).response(r#"{"x-amz-server-side-encryption":"aws:kms","x-amz-server-side-encryption-aws-kms-key-id":"arn:aws:kms:%G:%A:key/1f6c2b7e-0a41-4d58-9a3c-5be0c1d2e3f4"}"#).object(TRANSFER).resources(OBJECT),
    Shape::new(30, "s3", "ListObjects", r#"{"bucketName":"%n-%A","Host":"%n-%A.s3.%G.amazonaws.com","list-type":"2","prefix":"year=2026/month=03/","delimiter":"/","encoding-type":"url"}"#).object(TRANSFER),
    Shape::new(60, "s3", "GetBucketAcl", r#"{"bucketName":"%n-%A","Host":"s3.%G.amazonaws.com","acl":""}"#).resources(r#"[{"accountId":"%A","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::%n-%A"}]"#),
    Shape::new(90, "kms", "Decrypt", r#"{"encryptionAlgorithm":"SYMMETRIC_DEFAULT","encryptionContext":{"aws:s3:arn":"arn:aws:s3:::%n-%A"}}"#).resources(KMS_KEY),
    Shape::new(50, "kms", "GenerateDataKey", r#"{"keyId":"arn:aws:kms:%G:%A:key/1f6c2b7e-0a41-4d58-9a3c-5be0c1d2e3f4","encryptionContext":{"aws:s3:arn":"arn:aws:s3:::%n-%A"},"keySpec":"AES_256"}"#).resources(KMS_KEY),
    Shape::new(24, "sts", "AssumeRole", r#"{"roleArn":"arn:aws:iam::%A:role/service-role/%n-execution","roleSessionName":"%n","durationSeconds":3600}"#).response(r#"{"credentials":{"accessKeyId":"ASIA%k","sessionToken":"IQoJb3JpZ2luX2VjE%t=","expiration":"%e"},"assumedRoleUser":{"assumedRoleId":"AROA%o:%n","arn":"arn:aws:sts::%A:assumed-role/%n-execution/%n"}}"#).resources(r#"[{"accountId":"%A","type":"AWS::IAM::Role","ARN":"arn:aws:iam::%A:role/service-role/%n-execution"}]"#),
    Shape::new(20, "sts", "GetCallerIdentity", "null"),
    Shape::new(90, "ec2", "DescribeInstances", r#"{"maxResults":1000,"instancesSet":{},"filterSet":{"items":[{"name":"tag:Name","valueSet":{"items":[{"value":"%n"}]}},{"name":"instance-state-name","valueSet":{"items":[{"value":"running"},{"value":"pending"}]}}]}}"#),
    Shape::new(50, "ec2", "DescribeNetworkInterfaces", r#"{"networkInterfaceIdSet":{"items":[{"networkInterfaceId":"eni-%i"}]},"filterSet":{}}"#),
    Shape::new(30, "ec2", "DescribeVolumes", r#"{"volumeSet":{"items":[{"volumeId":"vol-%i"},{"volumeId":"vol-%i"},{"volumeId":"vol-%i"}]},"filterSet":{}}"#),
    Shape::new(20, "ec2", "CreateTags", r#"{"resourcesSet":{"items":[{"resourceId":"i-%i"}]},"tagSet":{"items":[{"key":"Name","value":"%n"},{"key":"team \u0026 cost","value":"%n"},{"key":"note","value":"size \u003c 10 \u003d small"}]}}"#).response(r#"{"requestId":"%u","_return":true}"#),
    Shape::new(8, "ec2", "RunInstances", r#"{"instancesSet":{"items":[{"imageId":"ami-%i","minCount":1,"maxCount":4}]},"userData":"<sensitiveDataRemoved>","instanceType":"m6i.large","blockDeviceMapping":{"items":[{"deviceName":"/dev/xvda","ebs":{"volumeSize":50,"deleteOnTermination":true,"volumeType":"gp3","encrypted":true}}]},"availabilityZone":"%Ga","monitoring":{"enabled":true},"disableApiTermination":false,"tagSpecificationSet":{"items":[{"resourceType":"instance","tags":[{"key":"Name","value":"%n"},{"key":"aws:autoscaling:groupName","value":"%n"}]}]}}"#).response(r#"{"requestId":"%u","reservationId":"r-%i","ownerId":"%A","groupSet":{},"instancesSet":{"items":[{"instanceId":"i-%i","imageId":"ami-%i","instanceState":{"code":0,"name":"pending"},"privateDnsName":"ip-10-0-%d.%G.compute.internal","amiLaunchIndex":0,"productCodes":{},"instanceType":"m6i.large","placement":{"availabilityZone":"%Ga","tenancy":"default"},"monitoring":{"state":"pending"},"subnetId":"subnet-%i","vpcId":"vpc-%i","stateReason":{"code":"pending","message":"pending"},"architecture":"x86_64","rootDeviceType":"ebs","rootDeviceName":"/dev/xvda","blockDeviceMapping":{},"virtualizationType":"hvm","hypervisor":"xen","groupSet":{"items":[{"groupId":"sg-%i","groupName":"%n"}]},"sourceDestCheck":true,"networkInterfaceSet":{"items":[{"networkInterfaceId":"eni-%i","subnetId":"subnet-%i","vpcId":"vpc-%i","ownerId":"%A","status":"in-use","sourceDestCheck":true,"interfaceType":"interface"}]},"iamInstanceProfile":{"arn":"arn:aws:iam::%A:instance-profile/%n","id":"AIPA%o"},"ebsOptimized":false,"enaSupport":true}]}}"#),
    Shape::new(30, "elasticloadbalancing", "DescribeInstanceHealth", r#"{"loadBalancerName":"%n","instances":[%I]}"#),
    Shape::new(20, "autoscaling", "DescribeAutoScalingGroups", r#"{"autoScalingGroupNames":["%n","%n"],"maxRecords":100}"#),
    Shape::new(30, "iam", "GetRole", r#"{"roleName":"%n"}"#),
    Shape::new(20, "iam", "GetRolePolicy", r#"{"roleName":"%n","policyName":"%n-inline"}"#),
    Shape::new(8, "iam", "PutRolePolicy", r#"{"roleName":"%n","policyName":"%n-inline","policyDocument":"%P"}"#),
    Shape::new(2, "iam", "CreateRole", r#"{"path":"/","roleName":"%n","description":"Made by \"%n\" \\ pipeline","assumeRolePolicyDocument":"%T"}"#).response(r#"{"role":{"path":"/","roleName":"%n","roleId":"AROA%o","arn":"arn:aws:iam::%A:role/%n","createDate":"%e"}}"#),
    Shape::new(60, "logs", "CreateLogStream", r#"{"logGroupName":"/aws/lambda/%n","logStreamName":"2026/03/04/[$LATEST]%h%h%h%h"}"#),
    Shape::new(30, "lambda", "GetFunction20150331v2", r#"{"functionName":"arn:aws:lambda:%G:%A:function:%n"}"#),
    Shape::new(40, "lambda", "Invoke", r#"{"functionName":"arn:aws:lambda:%G:%A:function:%n","invocationType":"RequestResponse","clientContext":"eyJjdXN0b20iOnt9fQ\u003d\u003d"}"#).object(r#"{"functionVersion":"arn:aws:lambda:%G:%A:function:%n:$LATEST"}"#),
    Shape::new(50, "dynamodb", "GetItem", r#"{"tableName":"%n","key":{"id":"%h"},"consistentRead":false}"#).object("").resources(r#"[{"accountId":"%A","type":"AWS::DynamoDB::Table","ARN":"arn:aws:dynamodb:%G:%A:table/%n"}]"#),
    Shape::new(50, "ssm", "GetParameters", r#"{"withDecryption":true,"names":["/%n/database/url","/%n/database/password","/%n/feature flags"]}"#).resources(r#"[{"accountId":"%A","ARN":"arn:aws:ssm:%G:%A:parameter/%n/database/url"}]"#),
    Shape::new(30, "secretsmanager", "GetSecretValue", r#"{"secretId":"arn:aws:secretsmanager:%G:%A:secret:%n-AbCdEf","versionStage":"AWSCURRENT"}"#),
    Shape::new(30, "ecs", "DescribeTasks", r#"{"cluster":"%n","tasks":["arn:aws:ecs:%G:%A:task/%n/%h%h%h%h"]}"#),
    Shape::new(30, "ecr", "BatchGetImage", r#"{"registryId":"%A","repositoryName":"%n","imageIds":[{"imageTag":"1.4.%d"}],"acceptedMediaTypes":["application/vnd.docker.distribution.manifest.v2+json","application/vnd.oci.image.manifest.v1+json"]}"#).resources(r#"[{"accountId":"%A","ARN":"arn:aws:ecr:%G:%A:repository/%n"}]"#),
];
