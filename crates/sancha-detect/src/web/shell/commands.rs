//! Commands of POSIX shells, Windows and PowerShell, by how sure their name alone is.

use crate::web::scan::{split_once, upto};

/// How much a name in command position says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strength {
    None,
    /// Hardly anything else: `wget`, `whoami`, `powershell`.
    Sure,
    /// A program that people also write about: `python`, `curl`.
    Program,
    /// A command with arguments, an ordinary word without: `cat`, `ping`, `kill`.
    Likely,
    /// Ordinary English: `find`, `more`, `who`, `copy`.
    Common,
    /// Runs another command: `time`, `nohup`, `env`.
    Wrapper,
}

/// The strength of a name given in lower case.
pub(super) fn strength(name: &[u8]) -> Strength {
    match name {
        b"perl" | b"python" | b"python2" | b"python3" | b"php" | b"lua" | b"gcc" | b"bash"
        | b"zsh" | b"ksh" | b"csh" | b"tcsh" | b"dash" | b"curl" | b"wget" | b"nmap"
        | b"base64" | b"base32" | b"awk" | b"gawk" | b"mawk" | b"nawk" | b"passwd" | b"rsync"
        | b"scp" | b"sftp" | b"apt-get" | b"yum" | b"unzip" | b"gunzip" | b"bzip2" | b"mkdir"
        | b"rmdir" | b"powershell" | b"pwsh" | b"cmd" | b"irb" | b"netcat" | b"socat"
        | b"tcpdump" | b"kubectl" | b"tmux" | b"byobu" | b"arp" | b"flock" | b"rmt" | b"xargs"
        | b"gdb" | b"dmesg" | b"dpkg" | b"systemctl" | b"ruby" | b"node" | b"java" | b"go"
        | b"npm" | b"pip" | b"git" | b"docker" | b"mysql" | b"psql" | b"mongo" | b"sqlite3"
        | b"redis-cli" | b"aws" | b"gcloud" | b"terraform" | b"helm" | b"openssl" | b"gpg"
        | b"iex" | b"iwr" | b"irm" | b"msiexec" | b"nginx" | b"apachectl" | b"zcat" | b"bzcat"
        | b"xzcat" | b"calc" | b"notepad" | b"mspaint" | b"explorer" | b"regedit" => {
            Strength::Program
        }
        b"whoami" | b"ifconfig" | b"ipconfig" | b"uname" | b"nslookup" | b"netstat" | b"ncat"
        | b"chmod" | b"chown" | b"mkfifo" | b"certutil" | b"bitsadmin" | b"rundll32"
        | b"regsvr32" | b"wmic" | b"mshta" | b"cscript" | b"wscript" | b"systeminfo"
        | b"tasklist" | b"schtasks" | b"strace" | b"ltrace" | b"xxd" | b"useradd" | b"usermod"
        | b"adduser" | b"crontab" | b"iptables" | b"visudo" | b"pkill" | b"killall"
        | b"lastlog" | b"printenv" | b"hexdump" | b"readelf" | b"objdump" | b"mysqldump"
        | b"pg_dump" | b"sshpass" | b"tftp" | b"lwp-download" | b"vssadmin" | b"c89" | b"c99"
        | b"cpulimit" | b"cscli" | b"rmt-tar" | b"rmt-dump" | b"lsof" | b"pgrep"
        | b"traceroute" | b"setarch" | b"ssh-keygen" | b"lastlogin" | b"lshw" | b"lscpu"
        | b"insmod" | b"modprobe" | b"hping3" | b"netsh" | b"nltest" | b"wevtutil" | b"findstr"
        | b"setx" | b"fsutil" | b"certreq" | b"cmstp" | b"diskpart" | b"dsquery"
        | b"installutil" | b"msbuild" | b"regasm" | b"regsvcs" | b"odbcconf" | b"forfiles"
        | b"pcalua" | b"hh.exe" | b"esentutl" | b"diskshadow" | b"bcdedit" | b"cmdkey"
        | b"getmac" | b"gpresult" | b"nbtstat" | b"pathping" | b"auditpol" | b"takeown"
        | b"cacls" | b"xcopy" | b"robocopy" | b"chpasswd" | b"mknod" | b"nsenter"
        | b"dmidecode" | b"lsblk" | b"lspci" | b"hostnamectl" | b"journalctl" | b"getent"
        | b"ifup" | b"nmcli" | b"vmstat" | b"groupadd" | b"userdel" | b"setfacl" | b"getfacl"
        | b"telnetd" | b"tcptraceroute" | b"tracert" | b"zgrep" | b"nproc" => Strength::Sure,
        b"cat" | b"ls" | b"ping" | b"id" | b"rm" | b"cp" | b"mv" | b"ps" | b"nc" | b"sh"
        | b"pwd" | b"grep" | b"egrep" | b"fgrep" | b"sed" | b"head" | b"tail" | b"dig" | b"ftp"
        | b"ssh" | b"telnet" | b"tar" | b"gzip" | b"zip" | b"kill" | b"df" | b"du" | b"wc"
        | b"od" | b"cd" | b"dir" | b"vi" | b"vim" | b"nano" | b"ed" | b"ex" | b"eval" | b"exec"
        | b"source" | b"export" | b"unset" | b"trap" | b"alias" | b"perf" | b"column" | b"comm"
        | b"tac" | b"nl" | b"rev" | b"ln" | b"dd" | b"mount" | b"umount" | b"su" | b"ip"
        | b"hostname" | b"bridge" | b"ncdu" | b"tee" | b"diff" | b"xz" | b"cpio" | b"rename"
        | b"shred" | b"chroot" | b"chattr" | b"lsattr" | b"reboot" | b"halt" | b"poweroff"
        | b"ipcs" | b"ansible" | b"attrib" | b"icacls" | b"taskkill" | b"qwinsta" | b"quser"
        | b"ver" | b"reg" | b"sc" | b"at.exe" | b"route" | b"sysctl" | b"ss" | b"shutdown"
        | b"free" | b"expr" | b"uptime" | b"arch" => Strength::Likely,
        b"find" | b"more" | b"less" | b"who" | b"w" | b"top" | b"last" | b"sort" | b"uniq"
        | b"cut" | b"fold" | b"test" | b"echo" | b"printf" | b"set" | b"date" | b"host"
        | b"which" | b"whereis" | b"locate" | b"sleep" | b"touch" | b"type" | b"copy" | b"move"
        | b"del" | b"net" | b"file" | b"strings" | b"split" | b"join" | b"paste" | b"look"
        | b"man" | b"read" | b"write" | b"wall" | b"mail" | b"at" | b"batch" | b"history"
        | b"jobs" | b"users" | b"groups" | b"start" | b"query" | b"finger" | b"make" | b"as"
        | b"expand" | b"tr" | b"false" | b"true" | b"yes" | b"local" | b"let" | b"declare"
        | b"install" | b"service" | b"snap" | b"screen" | b"script" | b"apt" => Strength::Common,
        b"sudo" | b"doas" | b"busybox" | b"time" | b"nohup" | b"env" | b"nice" | b"ionice"
        | b"timeout" | b"watch" | b"command" | b"setsid" | b"stdbuf" | b"builtin" | b"unshare"
        | b"taskset" | b"start-stop-daemon" => Strength::Wrapper,
        _ if name.starts_with(b"invoke-")
            || name.starts_with(b"start-process")
            || name.starts_with(b"get-wmi")
            || is_cmdlet(name) =>
        {
            Strength::Sure
        }
        _ if versioned(name) => Strength::Program,
        b"chef-client" | b"chef-solo" | b"chef-shell" | b"chef-apply" | b"chef-run"
        | b"chef-vault" | b"chef-cli" | b"chef-server-ctl" => Strength::Sure,
        _ if name.starts_with(b"ansible-") => Strength::Sure,
        _ => Strength::None,
    }
}

/// Commands that applications call what they do by.
pub(super) fn is_action(name: &[u8]) -> bool {
    matches!(
        name,
        b"read"
            | b"write"
            | b"sort"
            | b"date"
            | b"time"
            | b"set"
            | b"find"
            | b"last"
            | b"top"
            | b"more"
            | b"test"
            | b"type"
            | b"move"
            | b"copy"
            | b"del"
            | b"file"
            | b"split"
            | b"join"
            | b"paste"
            | b"look"
            | b"mail"
            | b"start"
            | b"query"
            | b"install"
            | b"service"
            | b"script"
            | b"history"
            | b"users"
            | b"groups"
            | b"host"
            | b"export"
            | b"rename"
            | b"head"
            | b"go"
            | b"true"
            | b"false"
            | b"yes"
            | b"reboot"
            | b"shutdown"
            | b"free"
    )
}

/// `get-childitem`, `new-object`: an approved verb of PowerShell with one of the nouns it is used with.
fn is_cmdlet(name: &[u8]) -> bool {
    const VERBS: [&[u8]; 22] = [
        b"add",
        b"clear",
        b"convertfrom",
        b"convertto",
        b"copy",
        b"disable",
        b"enable",
        b"enter",
        b"export",
        b"get",
        b"import",
        b"move",
        b"new",
        b"out",
        b"read",
        b"remove",
        b"restart",
        b"set",
        b"start",
        b"stop",
        b"test",
        b"write",
    ];
    const NOUNS: [&[u8]; 32] = [
        b"aduser",
        b"adcomputer",
        b"childitem",
        b"ciminstance",
        b"clipboard",
        b"computer",
        b"computerinfo",
        b"content",
        b"credential",
        b"eventlog",
        b"executionpolicy",
        b"history",
        b"hotfix",
        b"item",
        b"itemproperty",
        b"localuser",
        b"localgroupmember",
        b"module",
        b"mppreference",
        b"netipaddress",
        b"netfirewallrule",
        b"object",
        b"process",
        b"psdrive",
        b"pssession",
        b"scheduledtask",
        b"securestring",
        b"service",
        b"webservice",
        b"winevent",
        b"acl",
        b"host",
    ];
    // `convertfrom-localgroupmember` would be the longest.
    const LONGEST: usize = 28;
    let (verb, noun) = split_once(upto(name, LONGEST + 1), b'-');
    VERBS.contains(&verb) && NOUNS.contains(&noun)
}

/// Interpreters and compilers with a version in their name, as in `gcc10.1` or `python3.11`.
fn versioned(name: &[u8]) -> bool {
    const FAMILIES: [&[u8]; 6] = [b"gcc", b"python", b"php", b"perl", b"ruby", b"lua"];
    FAMILIES.iter().any(|family| {
        name.strip_prefix(*family).is_some_and(|rest| {
            !rest.is_empty() && rest.iter().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-'))
        })
    })
}
