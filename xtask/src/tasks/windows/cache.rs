//! Where the things are kept that take minutes to make, outside of the clone: continuous integration starts with a new one.

use std::path::PathBuf;

use crate::Result;

pub(crate) struct Cache {
    folder: PathBuf,
}

impl Cache {
    pub(crate) fn open() -> Result<Self> {
        let base = std::env::var_os("XDG_CACHE_HOME").filter(|named| !named.is_empty()).map(PathBuf::from);
        let base = base.or_else(|| Some(std::env::home_dir()?.join(".cache")));
        let folder = base.ok_or("there is no home, and XDG_CACHE_HOME is not set")?.join("shutdown-protection/windows");
        std::fs::create_dir_all(&folder)?;
        Ok(Self { folder })
    }

    /// The place of a thing that was made with a certain version of a tool; another version makes another one.
    pub(crate) fn place(&self, thing: &str, version: &str) -> PathBuf {
        let plain = |letter: char| if letter.is_ascii_alphanumeric() || letter == '.' { letter } else { '-' };
        self.folder.join(format!("{thing}-{}", version.trim().chars().map(plain).collect::<String>()))
    }
}
