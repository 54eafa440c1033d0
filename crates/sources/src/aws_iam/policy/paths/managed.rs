//! Paths through services that act with a role, and through the organisation.

use super::{
    ACTIONS, CODESTAR, EscalationPath, IAMV, IDC, ORG, PASSING, RHINO, Target, need, passing, path,
};

pub(super) const PATHS: &[EscalationPath] = &[
    path(
        "RolesAnywhere",
        "trusts its own certificate authority for a role through IAM Roles Anywhere",
        PASSING,
        &[
            passing("rolesanywhere.amazonaws.com"),
            need("rolesanywhere:CreateTrustAnchor", Target::Anything),
            need("rolesanywhere:CreateProfile", Target::Anything),
        ],
    ),
    path(
        "PassRoleToGlueEndpoint",
        "makes a development endpoint with a role and signs in to it",
        RHINO,
        &[passing("glue.amazonaws.com"), need("glue:CreateDevEndpoint", Target::Anything)],
    ),
    path(
        "UpdateGlueEndpoint",
        "puts its own SSH key on a development endpoint",
        RHINO,
        &[need("glue:UpdateDevEndpoint", Target::Anything)],
    ),
    path(
        "PassRoleToGlueJob",
        "makes a job with a role and runs it",
        PASSING,
        &[
            passing("glue.amazonaws.com"),
            need("glue:CreateJob", Target::Anything),
            need("glue:StartJobRun", Target::Anything),
        ],
    ),
    path(
        "ReplaceGlueJob",
        "changes a job's script and role and runs it",
        PASSING,
        &[
            passing("glue.amazonaws.com"),
            need("glue:UpdateJob", Target::Anything),
            need("glue:StartJobRun", Target::Anything),
        ],
    ),
    path(
        "PassRoleToStack",
        "makes a stack that works with a role",
        RHINO,
        &[
            passing("cloudformation.amazonaws.com"),
            need("cloudformation:CreateStack", Target::Anything),
        ],
    ),
    path(
        "UpdateStack",
        "changes a stack, which works with the stack's role",
        IAMV,
        &[need("cloudformation:UpdateStack", Target::Anything)],
    ),
    path(
        "ChangeSet",
        "changes a stack through a change set, which works with the stack's role",
        ACTIONS,
        &[
            need("cloudformation:CreateChangeSet", Target::Anything),
            need("cloudformation:ExecuteChangeSet", Target::Anything),
        ],
    ),
    path(
        "PassRoleToStackSet",
        "makes stacks in accounts through a role",
        PASSING,
        &[
            passing("cloudformation.amazonaws.com"),
            need("cloudformation:CreateStackSet", Target::Anything),
            need("cloudformation:CreateStackInstances", Target::Anything),
        ],
    ),
    path(
        "PassRoleToPipeline",
        "makes a data pipeline whose instances run commands as a role",
        RHINO,
        &[
            passing("datapipeline.amazonaws.com"),
            need("datapipeline:CreatePipeline", Target::Anything),
            need("datapipeline:PutPipelineDefinition", Target::Anything),
            need("datapipeline:ActivatePipeline", Target::Anything),
        ],
    ),
    path(
        "PassRoleToStarProject",
        "makes a CodeStar project from a template that works with a role",
        CODESTAR,
        &[passing("codestar.amazonaws.com"), need("codestar:CreateProject", Target::Anything)],
    ),
    path(
        "StarProjectFromTemplate",
        "makes a CodeStar project, which gives its owner a policy",
        CODESTAR,
        &[need("codestar:CreateProjectFromTemplate", Target::Anything)],
    ),
    path(
        "StarTeamMember",
        "makes itself owner of a CodeStar project, which gives a policy",
        CODESTAR,
        &[
            need("codestar:CreateProject", Target::Anything),
            need("codestar:AssociateTeamMember", Target::Anything),
        ],
    ),
    path(
        "PassRoleToNotebook",
        "makes a notebook with a role and opens it",
        IAMV,
        &[
            passing("sagemaker.amazonaws.com"),
            need("sagemaker:CreateNotebookInstance", Target::Anything),
            need("sagemaker:CreatePresignedNotebookInstanceUrl", Target::Anything),
        ],
    ),
    path(
        "OpenNotebook",
        "opens a notebook, which works as its role",
        IAMV,
        &[need("sagemaker:CreatePresignedNotebookInstanceUrl", Target::Anything)],
    ),
    path(
        "NotebookLifecycle",
        "makes a notebook run its commands at the next start, as the notebook's role",
        ACTIONS,
        &[
            need("sagemaker:CreateNotebookInstanceLifecycleConfig", Target::Anything),
            need("sagemaker:UpdateNotebookInstance", Target::Anything),
            need("sagemaker:StopNotebookInstance", Target::Anything),
            need("sagemaker:StartNotebookInstance", Target::Anything),
        ],
    ),
    path(
        "PassRoleToTrainingJob",
        "runs a training job with its own image as a role",
        IAMV,
        &[
            passing("sagemaker.amazonaws.com"),
            need("sagemaker:CreateTrainingJob", Target::Anything),
        ],
    ),
    path(
        "PassRoleToProcessingJob",
        "runs a processing job with its own image as a role",
        IAMV,
        &[
            passing("sagemaker.amazonaws.com"),
            need("sagemaker:CreateProcessingJob", Target::Anything),
        ],
    ),
    path(
        "PassRoleToTuningJob",
        "runs tuning jobs with its own image as a role",
        PASSING,
        &[
            passing("sagemaker.amazonaws.com"),
            need("sagemaker:CreateHyperParameterTuningJob", Target::Anything),
        ],
    ),
    path(
        "PassRoleToStateMachine",
        "makes a state machine that calls AWS as a role, and runs it",
        PASSING,
        &[
            passing("states.amazonaws.com"),
            need("states:CreateStateMachine", Target::Anything),
            need("states:StartExecution", Target::Anything),
        ],
    ),
    path(
        "PassRoleToSchedule",
        "makes a schedule that calls AWS as a role",
        PASSING,
        &[passing("scheduler.amazonaws.com"), need("scheduler:CreateSchedule", Target::Anything)],
    ),
    path(
        "CognitoIdentityPoolRoles",
        "makes an identity pool hand out another role",
        PASSING,
        &[
            passing("cognito-identity.amazonaws.com"),
            need("cognito-identity:SetIdentityPoolRoles", Target::Anything),
        ],
    ),
    path(
        "AccountAssignment",
        "assigns a permission set of IAM Identity Center to itself",
        IDC,
        &[need("sso:CreateAccountAssignment", Target::Anything)],
    ),
    path(
        "PermissionSet",
        "makes a permission set, provisions it and assigns it to itself",
        IDC,
        &[
            need("sso:CreatePermissionSet", Target::Anything),
            need("sso:AttachManagedPolicyToPermissionSet", Target::Anything),
            need("sso:CreateAccountAssignment", Target::Anything),
        ],
    ),
    path(
        "PermissionSetPolicy",
        "attaches any policy to a permission set that is assigned, and provisions it",
        IDC,
        &[
            need("sso:AttachManagedPolicyToPermissionSet", Target::Anything),
            need("sso:ProvisionPermissionSet", Target::Anything),
        ],
    ),
    path(
        "PermissionSetInline",
        "writes any policy into a permission set that is assigned, and provisions it",
        IDC,
        &[
            need("sso:PutInlinePolicyToPermissionSet", Target::Anything),
            need("sso:ProvisionPermissionSet", Target::Anything),
        ],
    ),
    path(
        "IdentityCenterMembership",
        "puts itself into a group of IAM Identity Center that is assigned more",
        IDC,
        &[need("identitystore:CreateGroupMembership", Target::Anything)],
    ),
    path(
        "OrganizationAccount",
        "makes an account and enters it by the role that it comes with",
        ORG,
        &[
            need("organizations:CreateAccount", Target::Anything),
            need("sts:AssumeRole", Target::AnyRole),
        ],
    ),
    path(
        "DetachScp",
        "takes a service control policy off, which bounds whole accounts",
        ORG,
        &[need("organizations:DetachPolicy", Target::Anything)],
    ),
    path(
        "UpdateScp",
        "rewrites a service control policy, which bounds whole accounts",
        ORG,
        &[need("organizations:UpdatePolicy", Target::Anything)],
    ),
];
