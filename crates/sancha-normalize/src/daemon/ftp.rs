//! File transfer: FTP servers, SMB, rsync, WebDAV.

use super::{Saying, again, failure, peer, refusal, success};

pub(super) static SAYINGS: &[Saying] = &[
    // ProFTPD: `server (remote[address]) …`.
    failure("password", "[{src}]{*}: USER {user} (Login failed): "),
    failure("password", "[{src}]{*}- USER {user} (Login failed): "),
    failure("invalid_user", "[{src}]{*}: USER {user}: no such user found from {*}"),
    failure("invalid_user", "[{src}]{*}- USER {user}: no such user found from {*}"),
    failure("not_allowed", "[{src}]{*}SECURITY VIOLATION: {user} login attempted"),
    failure("not_allowed", "[{src}]{*}SECURITY VIOLATION: "),
    refusal("limit", "[{src}]{*}Maximum login attempts ("),
    refusal("limit", "[{src}]{*}mod_delay/{*}: "),
    success("[{src}]{*}USER {user}: Login successful"),
    // Pure-FTPd: `(?@address) [WARNING] …`, in many languages; the number of words stays.
    failure("password", "@{src}) [WARNING] Authentication failed for user [{user}]"),
    failure("password", "@{src}) [WARNING] {*}[{user}]"),
    refusal("limit", "@{src}) [ERROR] Too many authentication failures"),
    success("@{src}) [INFO] {user} is now logged in"),
    // vsftpd: its own log and the one of PAM, which `pam` reads.
    failure("password", "[{word}] FAIL LOGIN: Client \"{src}\""),
    success("[{word}] OK LOGIN: Client \"{src}\""),
    refusal("not_allowed", "CONNECT: Client \"{src}\", \"Connection refused"),
    // wu-ftpd and the ftpd of BSD and Kerberos.
    failure("password", "failed login from {*} [{src}]"),
    failure("password", "failed login from {src}"),
    failure("password", "repeated login failures from {src}"),
    failure("password", "FTP LOGIN FAILED FROM {src}, {user}"),
    failure("password", "FTP LOGIN REFUSED {*} FROM {*} [{src}]"),
    failure("not_allowed", "FTP LOGIN REFUSED ({*}) FROM {src}"),
    refusal("not_allowed", "ACCESS DENIED ({*}) TO {*} [{src}]"),
    // FileZilla Server, Serv-U, IIS, Gene6, Cerberus.
    peer("[FTP Session {conn} {*}] USER {word}"),
    failure("password", "[FTP Session {conn} {src}] 530 "),
    failure("password", "({*}) - (not logged in) ({src})> 530 "),
    failure("password", "({user}) ({src})> 530 "),
    // Samba: the authentication log of `log level = auth_audit`.
    failure(
        "password",
        "Auth: [{*}] user [{*}]\\[{user}] at [{*}] status [NT_STATUS_WRONG_PASSWORD]{*}remote host [{src}]",
    ),
    failure(
        "invalid_user",
        "Auth: [{*}] user [{*}]\\[{user}] at [{*}] status [NT_STATUS_NO_SUCH_USER]{*}remote host [{src}]",
    ),
    success(
        "Auth: [{*}] user [{*}]\\[{user}] at [{*}] status [NT_STATUS_OK]{*}remote host [{src}]",
    ),
    failure(
        "not_allowed",
        "Auth: [{*}] user [{*}]\\[{user}] at [{*}] status [NT_STATUS_{*}]{*}remote host [{src}]",
    ),
    failure("not_allowed", "smbd_audit{*}|{src}|{*}|fail"),
    // rsync's and SFTP's servers.
    failure("password", "auth failed on module {*} from {src}"),
    refusal("not_allowed", "rsync denied on module {*} from {*} ({src})"),
    failure("password", "failed to validate user credentials ({*}) ip={src} {*}username={user}"),
    again("password", "sftp-server: {*}authentication failed{*}from {src}"),
];
