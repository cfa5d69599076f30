//! What many daemons say, and what is part of the sentences of others: tried after all that say more.

use super::{Saying, failure};

pub(super) static SAYINGS: &[Saying] = &[
    failure("password", "] Failed {*} login from {src}, user {word}"),
    failure("password", "] Failed {*} login from {src}"),
    failure("password", "Failed login for user {user} from {src}"),
    failure("password", "Failed login for {user} from {src}"),
    failure("password", "Login failed for user {user} from {src}"),
    failure("password", "Login failed for {user} from {src}"),
    failure("password", "Authentication for {user} from {src} failed"),
    failure("password", "Authentication failure for {user} from {src}"),
    failure("password", "Authentication failed from {src}"),
];
