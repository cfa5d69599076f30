//! The vocabulary of SQL, sorted into what the grammar needs to know about a word.

/// What a word is to the SQL grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Plain,
    /// `and`, `or`, `xor`, `not`.
    Logic,
    /// `like`, `in`, `is` and other operators that are words.
    Compare,
    /// `null`, `true`, `current_user`: a value without quotes.
    Literal,
    Select,
    Union,
    /// `from`, `where`, `having` and others that open a clause.
    Clause,
    /// Starts a statement of its own.
    Statement,
    /// A function that only attacks call in a parameter: waits, errors, files, code points.
    Rare,
    /// A function of everyday SQL.
    Function,
    /// A system table or account that has no business in a parameter.
    System,
}

/// Classifies a word given in lower case.
pub(super) fn classify(word: &[u8]) -> Word {
    match word {
        b"and" | b"or" | b"xor" | b"not" => Word::Logic,
        b"like" | b"rlike" | b"regexp" | b"ilike" | b"glob" | b"in" | b"is" | b"between"
        | b"sounds" | b"similar" | b"notnull" | b"isnull" | b"div" | b"mod" | b"collate"
        | b"match" | b"overlaps" => Word::Compare,
        b"null" | b"true" | b"false" | b"current_user" | b"session_user" | b"system_user"
        | b"current_timestamp" | b"sysdate" | b"user" => Word::Literal,
        b"select" => Word::Select,
        b"union" | b"intersect" | b"except" | b"minus" => Word::Union,
        b"from" | b"where" | b"having" | b"limit" | b"order" | b"group" | b"into"
        | b"procedure" | b"offset" | b"fetch" | b"join" | b"on" | b"as" | b"by" | b"when"
        | b"then" | b"else" | b"end" | b"case" | b"distinct" | b"all" | b"values" | b"set"
        | b"table" | b"exists" | b"escape" | b"returning" | b"binary" | b"using" | b"for"
        | b"goto" | b"while" => Word::Clause,
        b"insert" | b"update" | b"delete" | b"drop" | b"create" | b"alter" | b"truncate"
        | b"exec" | b"execute" | b"declare" | b"waitfor" | b"shutdown" | b"begin" | b"call"
        | b"grant" | b"revoke" | b"merge" | b"replace" | b"handler" | b"copy" | b"load"
        | b"backup" | b"restore" | b"attach" | b"commit" | b"rollback" | b"analyze" | b"vacuum"
        | b"pragma" | b"do" | b"prepare" | b"deallocate" | b"rename" | b"use" | b"kill"
        | b"lock" => Word::Statement,
        _ => function(word),
    }
}

fn function(word: &[u8]) -> Word {
    match word {
        b"sleep"
        | b"benchmark"
        | b"pg_sleep"
        | b"extractvalue"
        | b"updatexml"
        | b"elt"
        | b"make_set"
        | b"load_file"
        | b"generate_series"
        | b"regexp_substring"
        | b"crypt_key"
        | b"randomblob"
        | b"zeroblob"
        | b"xmltype"
        | b"json_extract"
        | b"json_depth"
        | b"json_keys"
        | b"json_length"
        | b"json_type"
        | b"json_valid"
        | b"group_concat"
        | b"concat_ws"
        | b"procedure_analyse"
        | b"analyse"
        | b"name_const"
        | b"get_lock"
        | b"release_lock"
        | b"st_latfromgeohash"
        | b"gtid_subset"
        | b"exp"
        | b"unhex"
        | b"from_base64"
        | b"to_base64"
        | b"row_count"
        | b"xp_cmdshell"
        | b"sp_executesql"
        | b"sp_makewebtask"
        | b"sp_oacreate"
        | b"xp_regread"
        | b"xp_dirtree"
        | b"openrowset"
        | b"opendatasource"
        | b"openquery"
        | b"fn_xe_file_target_read_file"
        | b"pg_read_file"
        | b"pg_ls_dir"
        | b"lo_import"
        | b"lo_export"
        | b"lo_get"
        | b"query_to_xml"
        | b"database_to_xml"
        | b"string_agg"
        | b"array_agg"
        | b"json_agg"
        | b"listagg"
        | b"sys_context"
        | b"load_extension"
        | b"sqlite_version"
        | b"likelihood"
        | b"unlikely"
        | b"instr"
        | b"ord"
        | b"unicode"
        | b"column_name"
        | b"user_lock"
        | b"to_timestamp_tz"
        | b"quote_literal"
        | b"current_setting"
        | b"starts_with"
        | b"substring_index"
        | b"polygon"
        | b"multipoint"
        | b"geometrycollection"
        | b"linestring"
        | b"multilinestring"
        | b"multipolygon"
        | b"is_srvrolemember"
        | b"has_dbaccess"
        | b"db_name"
        | b"schema_name"
        | b"object_id"
        | b"bin_to_uuid"
        | b"uuid_to_bin"
        | b"ps_thread_id"
        | b"format_bytes"
        | b"jsonb_pretty"
        | b"inet_aton" => Word::Rare,
        b"char" | b"chr" | b"nchar" | b"ascii" | b"concat" | b"substring" | b"substr" | b"mid"
        | b"left" | b"right" | b"lower" | b"upper" | b"length" | b"len" | b"count" | b"if"
        | b"iif" | b"ifnull" | b"nullif" | b"isnumeric" | b"coalesce" | b"cast" | b"convert"
        | b"version" | b"database" | b"schema" | b"md5" | b"sha1" | b"hex" | b"floor" | b"rand"
        | b"random" | b"repeat" | b"reverse" | b"lpad" | b"rpad" | b"min" | b"max" | b"sum"
        | b"avg" | b"now" | b"getdate" | b"row" | b"decode" | b"encode" | b"nvl" | b"to_char"
        | b"to_number" | b"position" | b"locate" | b"strcmp" | b"bin" | b"oct" | b"conv"
        | b"round" | b"power" | b"pow" | b"sqrt" | b"abs" | b"sign" | b"pi" | b"quote"
        | b"trim" | b"ltrim" | b"space" | b"typeof" | b"array" | b"any" | b"some" | b"overlay"
        | b"likely" | b"translate" | b"uid" | b"user_name" | b"suser_name" | b"suser_sname"
        | b"host_name" | b"app_name" => Word::Function,
        b"information_schema"
        | b"sysobjects"
        | b"syscolumns"
        | b"sysusers"
        | b"sysdatabases"
        | b"sysmaster"
        | b"syscat"
        | b"pg_catalog"
        | b"pg_tables"
        | b"pg_user"
        | b"pg_shadow"
        | b"sqlite_master"
        | b"sqlite_schema"
        | b"all_tables"
        | b"all_users"
        | b"all_tab_columns"
        | b"user_tables"
        | b"user_tab_columns"
        | b"msysaccessobjects"
        | b"msdasql"
        | b"domain.domains"
        | b"systables"
        | b"sysibm"
        | b"dba_users"
        | b"dba_tables"
        | b"sqloledb" => Word::System,
        _ if prefixed(word) || is_library(word) => Word::Rare,
        _ => Word::Plain,
    }
}

/// Functions of databases' libraries under names that nothing else has: dates, addresses, documents, ciphers.
pub(super) fn is_library(word: &[u8]) -> bool {
    const LIBRARY: [&[u8]; 76] = [
        b"adddate",
        b"addtime",
        b"aes_decrypt",
        b"aes_encrypt",
        b"asciistr",
        b"bin_to_num",
        b"bit_and",
        b"bit_count",
        b"bit_length",
        b"bit_or",
        b"bit_xor",
        b"character_length",
        b"char_length",
        b"coercibility",
        b"connection_id",
        b"convert_tz",
        b"curdate",
        b"curtime",
        b"date_add",
        b"date_sub",
        b"dayname",
        b"dayofmonth",
        b"dayofweek",
        b"dayofyear",
        b"des_decrypt",
        b"des_encrypt",
        b"export_set",
        b"find_in_set",
        b"found_rows",
        b"from_days",
        b"from_unixtime",
        b"get_format",
        b"hextoraw",
        b"inet6_aton",
        b"inet6_ntoa",
        b"inet_ntoa",
        b"is_free_lock",
        b"is_used_lock",
        b"is_ipv4",
        b"is_ipv4_compat",
        b"is_ipv4_mapped",
        b"is_ipv6",
        b"is_superuser",
        b"json_array",
        b"json_object",
        b"json_array_elements",
        b"json_build_object",
        b"json_each",
        b"json_object_agg",
        b"last_insert_id",
        b"lo_from_bytea",
        b"lo_put",
        b"makedate",
        b"master_pos_wait",
        b"octet_length",
        b"old_password",
        b"period_add",
        b"period_diff",
        b"pg_client_encoding",
        b"pg_database",
        b"rawtohex",
        b"row_to_json",
        b"sec_to_time",
        b"soundex",
        b"sqlite_source_id",
        b"stddev_pop",
        b"str_to_date",
        b"subdate",
        b"subtime",
        b"time_to_sec",
        b"timestampadd",
        b"unistr",
        b"uncompressed_length",
        b"utc_timestamp",
        b"uuid_short",
        b"weight_string",
    ];
    LIBRARY.contains(&word)
}

/// Package prefixes of Oracle, SQL Server and PostgreSQL functions.
fn prefixed(word: &[u8]) -> bool {
    const PREFIXES: [&[u8]; 10] = [
        b"dbms_",
        b"utl_",
        b"xp_",
        b"ctxsys",
        b"rdb$",
        b"pg_ls_",
        b"pg_read_",
        b"json_arrayagg",
        b"jsonb_",
        b"st_asgeo",
    ];
    PREFIXES.iter().any(|prefix| word.starts_with(prefix))
}
