//! Paths through IAM and STS themselves.

use super::{ACTIONS, BOUNDARY, EscalationPath, IAMV, RHINO, Target, need, path};

pub(super) const PATHS: &[EscalationPath] = &[
    path(
        "CreatePolicyVersion",
        "makes a new default version of a policy that customers manage, saying whatever it likes",
        RHINO,
        &[need("iam:CreatePolicyVersion", Target::Policy)],
    ),
    path(
        "SetDefaultPolicyVersion",
        "puts an older version of a policy, which may allow more, back into force",
        RHINO,
        &[need("iam:SetDefaultPolicyVersion", Target::Policy)],
    ),
    path(
        "CreateAccessKey",
        "makes an access key of another user",
        RHINO,
        &[need("iam:CreateAccessKey", Target::User)],
    )
    .of_others(),
    path(
        "CreateLoginProfile",
        "gives a console password to another user who has none",
        RHINO,
        &[need("iam:CreateLoginProfile", Target::User)],
    )
    .of_others(),
    path(
        "UpdateLoginProfile",
        "changes the console password of another user",
        RHINO,
        &[need("iam:UpdateLoginProfile", Target::User)],
    )
    .of_others(),
    path(
        "AttachUserPolicy",
        "attaches any policy to a user, itself included",
        RHINO,
        &[need("iam:AttachUserPolicy", Target::User)],
    ),
    path(
        "AttachGroupPolicy",
        "attaches any policy to a group that it is in, or can join",
        RHINO,
        &[need("iam:AttachGroupPolicy", Target::Group)],
    ),
    path(
        "AttachRolePolicy",
        "attaches any policy to a role that it is, or can assume",
        RHINO,
        &[need("iam:AttachRolePolicy", Target::Role)],
    ),
    path(
        "PutUserPolicy",
        "writes any policy into a user, itself included",
        RHINO,
        &[need("iam:PutUserPolicy", Target::User)],
    ),
    path(
        "PutGroupPolicy",
        "writes any policy into a group that it is in, or can join",
        RHINO,
        &[need("iam:PutGroupPolicy", Target::Group)],
    ),
    path(
        "PutRolePolicy",
        "writes any policy into a role that it is, or can assume",
        RHINO,
        &[need("iam:PutRolePolicy", Target::Role)],
    ),
    path(
        "AddUserToGroup",
        "puts a user, itself included, into a group that holds more",
        RHINO,
        &[need("iam:AddUserToGroup", Target::Group)],
    ),
    path(
        "UpdateAssumeRolePolicy",
        "lets itself assume a role, and assumes it",
        RHINO,
        &[need("iam:UpdateAssumeRolePolicy", Target::Role), need("sts:AssumeRole", Target::Role)],
    ),
    path(
        "AssumeAnyRole",
        "assumes every role that trusts its account",
        IAMV,
        &[need("sts:AssumeRole", Target::AnyRole)],
    ),
    path(
        "DeleteUserPermissionsBoundary",
        "takes the bound off a user, itself included",
        BOUNDARY,
        &[need("iam:DeleteUserPermissionsBoundary", Target::User)],
    ),
    path(
        "DeleteRolePermissionsBoundary",
        "takes the bound off a role",
        BOUNDARY,
        &[need("iam:DeleteRolePermissionsBoundary", Target::Role)],
    ),
    path(
        "PutUserPermissionsBoundary",
        "puts a wider bound on a user, itself included",
        BOUNDARY,
        &[need("iam:PutUserPermissionsBoundary", Target::User)],
    ),
    path(
        "PutRolePermissionsBoundary",
        "puts a wider bound on a role",
        BOUNDARY,
        &[need("iam:PutRolePermissionsBoundary", Target::Role)],
    ),
    path(
        "CreateUserWithPolicy",
        "makes a user, gives it a policy and a key",
        ACTIONS,
        &[
            need("iam:CreateUser", Target::User),
            need("iam:AttachUserPolicy", Target::User),
            need("iam:CreateAccessKey", Target::User),
        ],
    ),
    path(
        "CreateRoleWithPolicy",
        "makes a role that it may assume, with any policy",
        ACTIONS,
        &[
            need("iam:CreateRole", Target::Role),
            need("iam:AttachRolePolicy", Target::Role),
            need("sts:AssumeRole", Target::Role),
        ],
    ),
    path(
        "ReplaceMfaDevice",
        "takes the second factor off another user and enrols its own",
        ACTIONS,
        &[need("iam:DeactivateMFADevice", Target::User), need("iam:EnableMFADevice", Target::User)],
    )
    .of_others(),
    path(
        "ReplaceSamlProvider",
        "replaces the metadata of an identity provider that roles trust by its own",
        ACTIONS,
        &[need("iam:UpdateSAMLProvider", Target::Anything)],
    ),
    path(
        "CreateSamlProviderAndTrust",
        "adds its own SAML provider and lets a role trust it",
        ACTIONS,
        &[
            need("iam:CreateSAMLProvider", Target::Anything),
            need("iam:UpdateAssumeRolePolicy", Target::Role),
        ],
    ),
    path(
        "CreateOidcProviderAndTrust",
        "adds its own OpenID Connect provider and lets a role trust it",
        ACTIONS,
        &[
            need("iam:CreateOpenIDConnectProvider", Target::Anything),
            need("iam:UpdateAssumeRolePolicy", Target::Role),
        ],
    ),
    path(
        "OidcProviderThumbprint",
        "makes AWS accept its own certificate for an OpenID Connect provider that roles trust",
        ACTIONS,
        &[need("iam:UpdateOpenIDConnectProviderThumbprint", Target::Anything)],
    ),
];
