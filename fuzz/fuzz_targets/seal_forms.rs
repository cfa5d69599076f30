#![no_main]
//! Whatever is read as a form of the log is written again as the same bytes: one content, one spelling.

use libfuzzer_sys::fuzz_target;
use sancha_seal::{
    Checkpoint, Entry, Note, PageHeader, SigningKey, VerifierKey, paper, tile::Tile, timestamp,
    witness::Request,
};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(entry) = Entry::from_bytes(bytes) {
        assert_eq!(entry.to_bytes().expect("it was read"), bytes);
    }
    if let Some(header) = PageHeader::from_bytes(bytes) {
        assert_eq!(header.to_bytes(), bytes);
    }
    if let Ok(note) = Note::from_bytes(bytes) {
        assert_eq!(note.to_bytes(), bytes);
    }
    let _ = timestamp::read(bytes);
    let _ = timestamp::read_request(bytes);
    let _ = paper::read(bytes);
    let _ = Request::from_bytes(bytes);
    let Ok(text) = str::from_utf8(bytes) else { return };
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        assert_eq!(checkpoint.to_text(), text);
    }
    if let Some(tile) = Tile::from_path(text) {
        assert_eq!(tile.path(), text);
    }
    if let Ok(key) = VerifierKey::parse(text) {
        assert_eq!(key.to_string(), text);
    }
    if let Ok(key) = SigningKey::parse(text) {
        assert_eq!(key.to_secret_text(), text);
    }
});
