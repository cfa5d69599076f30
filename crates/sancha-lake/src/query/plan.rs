//! Which strides of a part can hold rows that a filter lets through.

use std::net::IpAddr;

use super::Filter;
use crate::{
    LakeError,
    index::{Kind, folded_key, is_rare, key},
    part::{Companion, Strides},
};

/// Strides worth a look.
pub(crate) fn candidates(companion: &Companion, filter: &Filter) -> Result<Strides, LakeError> {
    let all = || Strides::all(companion.rows(), true);
    Ok(match filter {
        Filter::All(list) => {
            let mut strides = all();
            for one in list {
                strides.and(&candidates(companion, one)?);
                if !strides.any() {
                    break;
                }
            }
            strides
        }
        Filter::Any(list) => {
            let mut strides = Strides::all(companion.rows(), false);
            for one in list {
                strides.or(&candidates(companion, one)?);
            }
            strides
        }
        Filter::Address { range, .. } if range.start() == range.end() => {
            companion.strides(address_key(*range.start()))?
        }
        Filter::Value { glob, entity: Some(entity), .. } => match glob.exact() {
            Some(name) => companion.strides(folded_key(entity.kind(), name.as_bytes()))?,
            None => all(),
        },
        Filter::Line(needle) => {
            let mut strides = all();
            for word in &needle.words {
                strides.and(&match is_rare(word) {
                    true => companion.strides_of_rare(word.key)?,
                    false => companion.strides(word.key)?,
                });
            }
            strides
        }
        Filter::Time(range) if !range.is_everything() => {
            let times = companion.times()?;
            let touched = times.iter().map(|times| range.touches(times.first, times.last));
            Strides(touched.collect())
        }
        // What is not let through says nothing of where the others are.
        Filter::Not(_)
        | Filter::Address { .. }
        | Filter::Int { .. }
        | Filter::Value { .. }
        | Filter::Time(_) => all(),
    })
}

fn address_key(number: u128) -> u64 {
    match std::net::Ipv6Addr::from_bits(number).to_canonical() {
        IpAddr::V4(address) => key(Kind::Address, &address.octets()),
        IpAddr::V6(address) => key(Kind::Address, &address.octets()),
    }
}
