//! Paths through what runs commands: instances, functions, containers, builds.

use super::{ACTIONS, EKS, EscalationPath, IAMV, PASSING, RHINO, Target, need, passing, path};

pub(super) const PATHS: &[EscalationPath] = &[
    path(
        "PassRoleToInstance",
        "starts an instance with a role and uses the role from it",
        RHINO,
        &[passing("ec2.amazonaws.com"), need("ec2:RunInstances", Target::Anything)],
    ),
    path(
        "ReplaceInstanceProfile",
        "gives a running instance another role",
        PASSING,
        &[passing("ec2.amazonaws.com"), need("ec2:AssociateIamInstanceProfile", Target::Anything)],
    ),
    path(
        "SpotInstanceWithRole",
        "asks for a spot instance with a role",
        IAMV,
        &[passing("ec2.amazonaws.com"), need("ec2:RequestSpotInstances", Target::Anything)],
    ),
    path(
        "InstanceUserData",
        "makes an instance run its commands at the next start, as the instance's role",
        IAMV,
        &[
            need("ec2:ModifyInstanceAttribute", Target::Anything),
            need("ec2:StopInstances", Target::Anything),
            need("ec2:StartInstances", Target::Anything),
        ],
    ),
    path(
        "PassRoleToFunction",
        "makes a function with a role and calls it",
        RHINO,
        &[
            passing("lambda.amazonaws.com"),
            need("lambda:CreateFunction", Target::Anything),
            need("lambda:InvokeFunction", Target::Anything),
        ],
    ),
    path(
        "PassRoleToFunctionByEvent",
        "makes a function with a role and lets a stream of events call it",
        RHINO,
        &[
            passing("lambda.amazonaws.com"),
            need("lambda:CreateFunction", Target::Anything),
            need("lambda:CreateEventSourceMapping", Target::Anything),
        ],
    ),
    path(
        "PassRoleToFunctionByGrant",
        "makes a function with a role and lets somebody else call it",
        PASSING,
        &[
            passing("lambda.amazonaws.com"),
            need("lambda:CreateFunction", Target::Anything),
            need("lambda:AddPermission", Target::Anything),
        ],
    ),
    path(
        "UpdateFunctionCode",
        "replaces the code of a function, which runs as the function's role",
        RHINO,
        &[need("lambda:UpdateFunctionCode", Target::Anything)],
    ),
    path(
        "UpdateFunctionConfiguration",
        "adds a layer with its code to a function, which runs as the function's role",
        RHINO,
        &[need("lambda:UpdateFunctionConfiguration", Target::Anything)],
    ),
    path(
        "PassRoleToBuild",
        "makes a build project with a role and runs its own commands",
        IAMV,
        &[
            passing("codebuild.amazonaws.com"),
            need("codebuild:CreateProject", Target::Anything),
            need("codebuild:StartBuild", Target::Anything),
        ],
    ),
    path(
        "PassRoleToBatchBuild",
        "makes a build project with a role and runs its own commands as a batch",
        IAMV,
        &[
            passing("codebuild.amazonaws.com"),
            need("codebuild:CreateProject", Target::Anything),
            need("codebuild:StartBuildBatch", Target::Anything),
        ],
    ),
    path(
        "ReplaceBuild",
        "changes what a build project runs as its role",
        ACTIONS,
        &[
            need("codebuild:UpdateProject", Target::Anything),
            need("codebuild:StartBuild", Target::Anything),
        ],
    ),
    path(
        "OverrideBuild",
        "starts a build with its own commands in place of the project's, as the project's role",
        ACTIONS,
        &[need("codebuild:StartBuild", Target::Anything)],
    ),
    path(
        "PassRoleToTask",
        "defines a task with a role and runs it",
        PASSING,
        &[
            passing("ecs-tasks.amazonaws.com"),
            need("ecs:RegisterTaskDefinition", Target::Anything),
            need("ecs:RunTask", Target::Anything),
        ],
    ),
    path(
        "PassRoleToContainerService",
        "defines a task with a role and runs it as a service",
        PASSING,
        &[
            passing("ecs-tasks.amazonaws.com"),
            need("ecs:RegisterTaskDefinition", Target::Anything),
            need("ecs:CreateService", Target::Anything),
        ],
    ),
    path(
        "ExecuteInTask",
        "runs commands in a running task, as the task's role",
        ACTIONS,
        &[need("ecs:ExecuteCommand", Target::Anything)],
    ),
    path(
        "SendCommand",
        "runs commands on managed instances, as the instances' roles",
        IAMV,
        &[need("ssm:SendCommand", Target::Anything)],
    ),
    path(
        "StartSession",
        "opens a shell on managed instances, as the instances' roles",
        IAMV,
        &[need("ssm:StartSession", Target::Anything)],
    ),
    path(
        "PassRoleToAutomation",
        "runs an automation as a role",
        PASSING,
        &[
            passing("ssm.amazonaws.com"),
            need("ssm:CreateDocument", Target::Anything),
            need("ssm:StartAutomationExecution", Target::Anything),
        ],
    ),
    path(
        "InstanceConnect",
        "puts its own SSH key on an instance, which works as its role",
        IAMV,
        &[need("ec2-instance-connect:SendSSHPublicKey", Target::Anything)],
    ),
    path(
        "SerialConsole",
        "puts its own SSH key on an instance's serial console",
        IAMV,
        &[need("ec2-instance-connect:SendSerialConsoleSSHPublicKey", Target::Anything)],
    ),
    path(
        "PassRoleToCluster",
        "starts an EMR cluster whose machines run commands as a role",
        PASSING,
        &[
            passing("elasticmapreduce.amazonaws.com"),
            need("elasticmapreduce:RunJobFlow", Target::Anything),
        ],
    ),
    path(
        "PassRoleToAppRunner",
        "makes an App Runner service with its own image as a role",
        PASSING,
        &[
            passing("tasks.apprunner.amazonaws.com"),
            need("apprunner:CreateService", Target::Anything),
        ],
    ),
    path(
        "PassRoleToBatchJob",
        "runs a batch job with its own image as a role",
        PASSING,
        &[
            passing("ecs-tasks.amazonaws.com"),
            need("batch:RegisterJobDefinition", Target::Anything),
            need("batch:SubmitJob", Target::Anything),
        ],
    ),
    path(
        "ClusterAccessEntry",
        "makes itself administrator of an EKS cluster",
        EKS,
        &[
            need("eks:CreateAccessEntry", Target::Anything),
            need("eks:AssociateAccessPolicy", Target::Anything),
        ],
    ),
];
