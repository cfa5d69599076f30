use std::sync::LazyLock;

use sancha_model::{FieldId, ParseNoteKind, RowWriter};

use super::CustomAccess;
use crate::{FileContext, Fit, Format, Head, Scratch, daemon, encoding};

/// Access logs in the forms that reverse proxies ship with and that are no combined log.
pub struct ShippedAccess {
    name: &'static str,
    formats: LazyLock<Vec<CustomAccess>>,
}

/// nginx Proxy Manager: its `proxy` and `standard` formats.
pub(super) static PROXY_MANAGER: ShippedAccess = ShippedAccess {
    name: "web/nginx-proxy-manager",
    formats: LazyLock::new(|| {
        compiled(&[
            r#"[$time_local] $cache $upstream_status $status - $request_method $scheme $host "$request_uri" [Client $remote_addr] [Length $body_bytes_sent] [Gzip $gzip] [Sent-to $server] "$http_user_agent" "$http_referer""#,
            r#"[$time_local] $status - $request_method $scheme $host "$request_uri" [Client $remote_addr] [Length $body_bytes_sent] [Gzip $gzip] "$http_user_agent" "$http_referer""#,
        ])
    }),
};

/// Envoy: the default format string of its access log.
pub(super) static ENVOY: ShippedAccess = ShippedAccess {
    name: "web/envoy",
    formats: LazyLock::new(|| {
        compiled(&[
            r#"[$time_iso8601] "$request" $status $flags $request_length $body_bytes_sent $duration $upstream_time "$remote_addr" "$http_user_agent" "$id" "$host" "$upstream_addr""#,
        ])
    }),
};

/// Zoraxy, with and without the time of its logger in front.
pub(super) static ZORAXY: ShippedAccess = ShippedAccess {
    name: "web/zoraxy",
    formats: LazyLock::new(|| {
        compiled(&[
            "$date $clock [$time_iso8601] [router:$rule] [origin:$host] [client: $remote_addr] [useragent: $http_user_agent] $request_method $request_uri $status",
            "[$time_iso8601] [router:$rule] [origin:$host] [client: $remote_addr] [useragent: $http_user_agent] $request_method $request_uri $status",
        ])
    }),
};

/// Alibaba Cloud's CDN: the logs that it hands out by the hour.
pub(super) static ALIYUN_CDN: ShippedAccess = ShippedAccess {
    name: "web/aliyun-cdn",
    formats: LazyLock::new(|| {
        compiled(&[
            r#"[$time_local] $remote_addr $proxy $duration "$http_referer" "$request" $status $request_length $body_bytes_sent $cache "$http_user_agent" "$answer_type""#,
        ])
    }),
};

/// Huawei Cloud's load balancer.
pub(super) static HUAWEI_ELB: ShippedAccess = ShippedAccess {
    name: "web/huawei-elb",
    formats: LazyLock::new(|| {
        compiled(&[
            r#"$msec $topic [$time_iso8601] $version $remote_addr:$remote_port $status "$request" $request_length $sent $body_bytes_sent $request_time "$upstream_status" "$connect" "$header" "$response" "$upstream_addr" "$http_user_agent" "$http_referer" "$http_x_forwarded_for" $rest"#,
        ])
    }),
};

fn compiled(texts: &[&str]) -> Vec<CustomAccess> {
    let format = |text: &&str| CustomAccess::compile(text).expect("a test compiles all of them");
    texts.iter().map(format).collect()
}

impl Format for ShippedAccess {
    fn name(&self) -> &str {
        self.name
    }

    fn probe(&self, head: &Head<'_>) -> Fit {
        head.share(|line| self.formats.iter().any(|format| format.fits(line)))
    }

    fn parse(&self, row: &mut RowWriter<'_>, context: &FileContext, scratch: &mut Scratch) {
        let line = encoding::line_of(row);
        match self.formats.iter().find(|format| format.fits(line)) {
            Some(format) => format.parse(row, context, scratch),
            None => {
                row.note(ParseNoteKind::NotThisFormat, line);
                row.text(FieldId::MESSAGE, line);
                let _ = daemon::read(row, b"", line);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_compiles() {
        // All formats that are shipped look at the line; those of this file compile theirs for it.
        for format in crate::formats::ALL {
            assert!(format.probe(&Head::of(b"x", "x.log")) < Fit::Certain);
        }
    }
}
