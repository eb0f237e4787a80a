//! Where an address is: in which file, and where in it, so that a fault can be looked up.

use std::fs;
use std::io;

use nix::unistd::Pid;

/// What is mapped where, by the kernel's list.
pub(crate) struct Map(Vec<Mapping>);

struct Mapping {
    begin: u64,
    end: u64,
    offset: u64,
    file: String,
}

impl Map {
    pub(crate) fn of(process: Pid) -> io::Result<Self> {
        Ok(Self(fs::read_to_string(format!("/proc/{process}/maps"))?.lines().filter_map(mapping).collect()))
    }

    /// The file's name and the offset in it, which `addr2line` and `objdump` take for most files.
    pub(crate) fn place(&self, address: u64) -> String {
        let holds = |mapping: &&Mapping| (mapping.begin..mapping.end).contains(&address);
        match self.0.iter().find(holds) {
            Some(mapping) => format!("{}+{:#x}", mapping.file, address - mapping.begin + mapping.offset),
            None => format!("{address:#x}"),
        }
    }
}

/// As in proc(5): `begin-end rwxp offset device inode path`.
fn mapping(line: &str) -> Option<Mapping> {
    let mut fields = line.split_ascii_whitespace();
    let (begin, end) = fields.next()?.split_once('-')?;
    let number = |field| u64::from_str_radix(field, 16).ok();
    let offset = number(fields.nth(1)?)?;
    let file = fields.nth(2)?.rsplit('/').next()?.to_owned();
    Some(Mapping { begin: number(begin)?, end: number(end)?, offset, file })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_found_in_its_file() {
        let lines = "5000-6000 rw-p 00000000 00:00 0\n7f00-8f00 r-xp 00002000 fe:00 123  /usr/lib/libc.so.6\n";
        let map = Map(lines.lines().filter_map(mapping).collect());
        assert_eq!(map.place(0x7f10), "libc.so.6+0x2010");
        assert_eq!(map.place(0x5000), "0x5000");
    }
}
