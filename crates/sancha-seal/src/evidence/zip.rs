//! A zip of a pack: members stored as they are, no times, so that the same pack gives the same bytes.

use std::io::{self, Write};

use super::PackFile;

/// What a stored member needs (APPNOTE.TXT 4.4.3).
const VERSION_NEEDED: u16 = 20;
/// Names are UTF-8 (general purpose bit 11).
const FLAGS: u16 = 1 << 11;
/// 1980-01-01, the first day that a zip can tell.
const DATE: u16 = 1 << 5 | 1;

/// A zip to be written: what stands between the files and behind them.
pub struct Zip<'a> {
    /// Of each file, what stands before its bytes.
    headers: Vec<Vec<u8>>,
    files: &'a [PackFile],
    directory: Vec<u8>,
}

impl<'a> Zip<'a> {
    /// All files in a folder `name`, as RFC 8493 asks of a serialized bag. `None` when it would need the
    /// 64-bit form: 4 GiB or 65,535 members.
    pub fn new(name: &str, files: &'a [PackFile]) -> Option<Self> {
        let mut headers = Vec::with_capacity(files.len());
        let mut directory = Vec::new();
        let mut at = 0_u32;
        for (path, bytes) in files {
            let path = format!("{name}/{path}");
            let fields = fields(&path, bytes)?;
            let header = [&0x0403_4b50_u32.to_le_bytes(), &fields[..], path.as_bytes()].concat();
            directory.extend(0x0201_4b50_u32.to_le_bytes());
            directory.extend(VERSION_NEEDED.to_le_bytes());
            directory.extend(&fields);
            // No comment, first disk, no attributes.
            directory.extend([0; 10]);
            directory.extend(at.to_le_bytes());
            directory.extend(path.as_bytes());
            at = at.checked_add(u32::try_from(header.len() + bytes.len()).ok()?)?;
            headers.push(header);
        }
        let count = u16::try_from(files.len()).ok().filter(|count| *count < u16::MAX)?;
        let length = u32::try_from(directory.len()).ok()?;
        at.checked_add(length).filter(|end| *end < u32::MAX)?;
        directory.extend(0x0605_4b50_u32.to_le_bytes());
        directory.extend([0; 4]);
        directory.extend(count.to_le_bytes());
        directory.extend(count.to_le_bytes());
        directory.extend(length.to_le_bytes());
        directory.extend(at.to_le_bytes());
        directory.extend([0; 2]);
        Some(Self { headers, files, directory })
    }

    /// # Errors
    /// When `to` takes no more.
    pub fn write(&self, to: &mut impl Write) -> io::Result<()> {
        for (header, (_, bytes)) in self.headers.iter().zip(self.files) {
            to.write_all(header)?;
            to.write_all(bytes)?;
        }
        to.write_all(&self.directory)
    }
}

/// What the header of a member and its entry in the directory have in common, in this order.
fn fields(path: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    let length = u32::try_from(bytes.len()).ok()?.to_le_bytes();
    let method_and_time = [0, 0];
    let mut fields = Vec::new();
    for field in [VERSION_NEEDED, FLAGS].into_iter().chain(method_and_time).chain([DATE]) {
        fields.extend(field.to_le_bytes());
    }
    fields.extend(crc32(bytes).to_le_bytes());
    fields.extend(length);
    fields.extend(length);
    fields.extend(u16::try_from(path.len()).ok()?.to_le_bytes());
    // No extra field.
    fields.extend([0; 2]);
    Some(fields)
}

/// CRC-32 of zip and Ethernet, polynomial 0xEDB88320 reflected.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        let index = usize::from(crc.to_le_bytes()[0] ^ byte);
        TABLE.get(index).copied().unwrap_or_default() ^ crc >> 8
    })
}

const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut index = 0_u32;
    while index < 256 {
        let mut value = index;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 { value >> 1 ^ 0xEDB8_8320 } else { value >> 1 };
            bit += 1;
        }
        table[index as usize] = value;
        index += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_standard_example() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }
}
