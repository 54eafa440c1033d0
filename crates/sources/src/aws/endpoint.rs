//! Where each service answers, in which region its requests are signed, and which protocol it
//! speaks. After the endpoint rules that AWS publishes with its SDKs.

use std::net::IpAddr;

/// A service that is asked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Service {
    /// Identity and Access Management.
    Iam,
    /// Security Token Service.
    Sts,
    /// Organizations.
    Organizations,
    /// IAM Identity Center: permission sets and assignments.
    Sso,
    /// IAM Identity Center: users and groups.
    IdentityStore,
    /// CloudTrail.
    CloudTrail,
}

/// How requests are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Protocol {
    /// A form with `Action` and `Version`; answers are XML.
    Query {
        /// The version of the API.
        version: &'static str,
    },
    /// JSON 1.1 with `X-Amz-Target`.
    Json {
        /// What comes before the action in the target.
        target: &'static str,
    },
}

impl Service {
    /// As in host names, credential scopes and the actions of policies.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Iam => "iam",
            Self::Sts => "sts",
            Self::Organizations => "organizations",
            Self::Sso => "sso",
            Self::IdentityStore => "identitystore",
            Self::CloudTrail => "cloudtrail",
        }
    }

    pub(super) const fn protocol(self) -> Protocol {
        match self {
            Self::Iam => Protocol::Query { version: "2010-05-08" },
            Self::Sts => Protocol::Query { version: "2011-06-15" },
            Self::Organizations => Protocol::Json { target: "AWSOrganizationsV20161128" },
            Self::Sso => Protocol::Json { target: "SWBExternalService" },
            Self::IdentityStore => Protocol::Json { target: "AWSIdentityStore" },
            Self::CloudTrail => {
                Protocol::Json { target: "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101" }
            }
        }
    }

    /// The region in which requests that concern `region` are signed: services without regions
    /// have one per partition.
    pub(crate) fn region(self, region: &str) -> &str {
        let partition = Partition::of(region);
        match self {
            Self::Iam => partition.iam_region,
            Self::Organizations => partition.organizations_region,
            _ => region,
        }
    }

    /// The host, without a custom endpoint.
    pub(super) fn host(self, region: &str) -> String {
        let partition = Partition::of(region);
        match self {
            Self::Iam => partition.iam_host.to_owned(),
            _ => format!("{}.{}.{}", self.name(), self.region(region), partition.suffix),
        }
    }
}

/// A group of regions with accounts of its own.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Partition {
    /// As in ARNs.
    pub(crate) name: &'static str,
    prefix: &'static str,
    /// What hosts end in.
    pub(super) suffix: &'static str,
    iam_host: &'static str,
    iam_region: &'static str,
    organizations_region: &'static str,
}

impl Partition {
    /// That of a region.
    pub(crate) fn of(region: &str) -> &'static Self {
        PARTITIONS.iter().find(|p| region.starts_with(p.prefix)).unwrap_or(&AWS)
    }
}

const AWS: Partition = Partition {
    name: "aws",
    prefix: "",
    suffix: "amazonaws.com",
    iam_host: "iam.amazonaws.com",
    iam_region: "us-east-1",
    organizations_region: "us-east-1",
};

/// The other partitions, by the start of their regions' names.
const PARTITIONS: &[Partition] = &[
    Partition {
        name: "aws-cn",
        prefix: "cn-",
        suffix: "amazonaws.com.cn",
        iam_host: "iam.cn-north-1.amazonaws.com.cn",
        iam_region: "cn-north-1",
        organizations_region: "cn-northwest-1",
    },
    Partition {
        name: "aws-us-gov",
        prefix: "us-gov-",
        suffix: "amazonaws.com",
        iam_host: "iam.us-gov.amazonaws.com",
        iam_region: "us-gov-west-1",
        organizations_region: "us-gov-west-1",
    },
    Partition {
        name: "aws-iso-b",
        prefix: "us-isob-",
        suffix: "sc2s.sgov.gov",
        iam_host: "iam.us-isob-east-1.sc2s.sgov.gov",
        iam_region: "us-isob-east-1",
        organizations_region: "us-isob-east-1",
    },
    Partition {
        name: "aws-iso",
        prefix: "us-iso-",
        suffix: "c2s.ic.gov",
        iam_host: "iam.us-iso-east-1.c2s.ic.gov",
        iam_region: "us-iso-east-1",
        organizations_region: "us-iso-east-1",
    },
    Partition {
        name: "aws-eusc",
        prefix: "eusc-",
        suffix: "amazonaws.eu",
        iam_host: "iam.eusc-de-east-1.amazonaws.eu",
        iam_region: "eusc-de-east-1",
        organizations_region: "eusc-de-east-1",
    },
];

/// Another address for every service: a private endpoint, or a server for tests.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Endpoint {
    scheme: &'static str,
    authority: String,
    loopback: bool,
}

impl Endpoint {
    /// From a setting.
    ///
    /// # Errors
    /// When it is no URL of a host, or would send signed requests over a network unencrypted.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let (scheme, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => ("https", rest),
            (_, Some(rest)) => ("http", rest),
            _ => return Err("it is no http:// or https:// URL"),
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        let fits = |c: char| c.is_ascii_alphanumeric() || "-.:[]".contains(c);
        if authority.is_empty() || !authority.chars().all(fits) {
            return Err("it is more than scheme, host and port");
        }
        let loopback = is_loopback(authority);
        if scheme == "http" && !loopback {
            return Err("it is not encrypted, and not on this machine");
        }
        Ok(Self { scheme, authority: authority.to_owned(), loopback })
    }

    /// Whether it is this machine.
    pub(super) const fn is_loopback(&self) -> bool {
        self.loopback
    }

    pub(super) fn url(&self) -> String {
        format!("{}://{}/", self.scheme, self.authority)
    }
}

fn is_loopback(authority: &str) -> bool {
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_follow_the_partition() {
        for (service, region, host, signed) in [
            (Service::Iam, "eu-west-1", "iam.amazonaws.com", "us-east-1"),
            (Service::Iam, "cn-northwest-1", "iam.cn-north-1.amazonaws.com.cn", "cn-north-1"),
            (Service::Iam, "us-gov-east-1", "iam.us-gov.amazonaws.com", "us-gov-west-1"),
            (Service::Sts, "eu-west-1", "sts.eu-west-1.amazonaws.com", "eu-west-1"),
            (Service::Sts, "cn-north-1", "sts.cn-north-1.amazonaws.com.cn", "cn-north-1"),
            (
                Service::Organizations,
                "eu-west-1",
                "organizations.us-east-1.amazonaws.com",
                "us-east-1",
            ),
            (Service::Sso, "eu-central-1", "sso.eu-central-1.amazonaws.com", "eu-central-1"),
            (
                Service::CloudTrail,
                "us-isob-east-1",
                "cloudtrail.us-isob-east-1.sc2s.sgov.gov",
                "us-isob-east-1",
            ),
        ] {
            assert_eq!((service.host(region).as_str(), service.region(region)), (host, signed));
        }
    }

    #[test]
    fn endpoints_are_encrypted_or_on_this_machine() {
        for good in [
            "http://127.0.0.1:15000",
            "http://[::1]:1/",
            "http://localhost",
            "https://vpce.example",
        ] {
            Endpoint::parse(good).expect(good);
        }
        for bad in [
            "http://10.0.0.1",
            "http://localhost.example.com",
            "http://127.0.0.1.evil.example",
            "ftp://localhost",
            "https://",
            "https://a/b",
            "https://user@host",
            "127.0.0.1:1",
        ] {
            Endpoint::parse(bad).expect_err(bad);
        }
    }
}
