//! Where a store is, and how long it is waited for.

use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::{BackoffConfig, ClientConfigKey, RetryConfig};

use super::super::{DiskError, Operation, Trouble};

/// A prefix of a bucket, as a person writes it. Credentials come from the environment (`AWS_…`) only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreAddress {
    /// `s3://bucket/prefix`; the prefix may be missing.
    pub url: String,
    /// `https://host:port`; `None`: Amazon's.
    pub endpoint: Option<String>,
    pub region: Option<String>,
    /// Whether the endpoint may be one without TLS.
    pub allow_http: bool,
}

/// How often and how long a request is tried.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    pub retries: usize,
    /// From the first request on; behind it nothing is tried again.
    pub total: Duration,
    /// Of one request with its body.
    pub request: Duration,
    /// Before the first retry; it doubles, with chance, up to forty times as long.
    pub pause: Duration,
}

impl Default for Patience {
    /// Two minutes are enough for a part of 8 MiB at a megabit a second. Signatures are good for less than
    /// five minutes, so retries end before.
    fn default() -> Self {
        Self {
            retries: 6,
            total: Duration::from_secs(180),
            request: Duration::from_secs(120),
            pause: Duration::from_millis(200),
        }
    }
}

/// One of these says where credentials come from.
const CREDENTIALS: [&str; 4] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
];

impl StoreAddress {
    /// Bucket and prefix.
    ///
    /// # Errors
    /// When the address is none of a bucket, or not encrypted without leave.
    pub fn parts(&self) -> Result<(&str, &str), DiskError> {
        let wrong = |what| Err(DiskError::of(&*self.url, Operation::Read, Trouble::Other, what));
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._/".contains(&byte);
        let Some(rest) = self.url.strip_prefix("s3://") else {
            return wrong("the address of a store is `s3://bucket/prefix`");
        };
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.trim_end_matches('/');
        let is_path =
            prefix.is_empty() || prefix.split('/').all(|part| !matches!(part, "" | "." | ".."));
        if bucket.is_empty() || !rest.bytes().all(is_plain) || !is_path {
            return wrong("bucket and prefix are letters, digits, `-`, `.`, `_`, with `/` between");
        }
        let is_open = self.endpoint.as_ref().is_some_and(|url| url.starts_with("http://"));
        if is_open && !self.allow_http {
            return wrong(
                "the endpoint is not encrypted (http://); say `allow_http` to use it all the same",
            );
        }
        Ok((bucket, prefix))
    }

    /// With what the environment says (`AWS_…`).
    pub(super) fn builder(&self, patience: Patience) -> Result<AmazonS3Builder, DiskError> {
        if !CREDENTIALS.iter().any(|name| std::env::var_os(name).is_some()) {
            // Else the client asks an address of the cloud's own network, which was not configured.
            let what = "no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
            return Err(DiskError::of(&*self.url, Operation::Read, Trouble::Denied, what));
        }
        self.configure(AmazonS3Builder::from_env(), patience)
    }

    /// With nothing of the environment.
    pub(super) fn plain_builder(&self, patience: Patience) -> Result<AmazonS3Builder, DiskError> {
        self.configure(AmazonS3Builder::new(), patience)
    }

    fn configure(
        &self,
        builder: AmazonS3Builder,
        patience: Patience,
    ) -> Result<AmazonS3Builder, DiskError> {
        let (bucket, _) = self.parts()?;
        let client = AmazonS3ConfigKey::Client;
        let request = format!("{}ms", patience.request.as_millis());
        let mut builder = builder
            .with_bucket_name(bucket)
            .with_config(client(ClientConfigKey::Timeout), request)
            .with_config(client(ClientConfigKey::ConnectTimeout), "10s")
            .with_allow_http(self.allow_http)
            .with_retry(retry(patience));
        if let Some(endpoint) = &self.endpoint {
            builder = builder.with_endpoint(endpoint.trim_end_matches('/'));
        }
        if let Some(region) = &self.region {
            builder = builder.with_region(region);
        }
        Ok(builder)
    }
}

fn retry(patience: Patience) -> RetryConfig {
    let backoff = BackoffConfig {
        init_backoff: patience.pause,
        max_backoff: patience.pause * 40,
        ..BackoffConfig::default()
    };
    RetryConfig { backoff, max_retries: patience.retries, retry_timeout: patience.total }
}
