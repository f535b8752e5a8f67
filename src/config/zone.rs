use std::{env, ffi::OsStr, fs, path::Path, sync::OnceLock};

use jiff::tz::TimeZone;

/// Where systems keep the time zones.
const FOLDERS: [&str; 3] = ["/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/etc/zoneinfo"];

/// The user's time zone: that of `TZ`, else the machine's. UTC where neither can be known; the log tells. Found
/// out once.
///
/// The zone's own file is all that is read. A database of zones would look through some twenty folders first, and
/// that takes longer than a frame.
pub fn local_zone() -> TimeZone {
    static ZONE: OnceLock<TimeZone> = OnceLock::new();
    ZONE.get_or_init(|| {
        let named = env::var_os("TZ").and_then(|name| zone(&FOLDERS.map(Path::new), &name));
        // It knows rules (`CET-1CEST`) and whole paths, too.
        named.map_or_else(TimeZone::try_system, Ok).unwrap_or_else(|error| {
            tracing::warn!("the time zone is not known, so that times are told in UTC: {error}");
            TimeZone::UTC
        })
    })
    .clone()
}

/// The zone that has a name such as `Europe/Berlin`, in the first of these folders that has it.
fn zone(folders: &[&Path], name: &OsStr) -> Option<TimeZone> {
    let name = name.to_str()?;
    let name = name.strip_prefix(':').unwrap_or(name);
    let file = folders.iter().find_map(|folder| fs::read(folder.join(name)).ok())?;
    TimeZone::tzif(name, &file).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a zone's file holds at least: twice the same block, then the rule.
    fn file(rule: &str) -> Vec<u8> {
        let mut block = b"TZif2".to_vec();
        block.extend([0; 15]);
        // So many of each: UTC marks, standard marks, leap seconds, transitions, types, letters.
        block.extend([0_u32, 0, 0, 0, 1, 4].iter().flat_map(|count| count.to_be_bytes()));
        // One type: an hour east, no summer time, the name at 0.
        block.extend([0, 0, 0x0e, 0x10, 0, 0]);
        block.extend(b"CET\0");
        [block.clone(), block, format!("\n{rule}\n").into_bytes()].concat()
    }

    #[test]
    fn a_zone_is_read_by_its_name_from_the_first_folder_that_has_it() {
        let temp = tempfile::tempdir().unwrap();
        let (none, one) = (temp.path().join("none"), temp.path().join("one"));
        fs::create_dir_all(one.join("Europe")).unwrap();
        fs::write(one.join("Europe/Berlin"), file("CET-1")).unwrap();
        fs::write(one.join("text"), "no zone").unwrap();
        let read = |name: &str| zone(&[&none, &one], OsStr::new(name));
        let noon = "2026-01-01T11:00:00Z".parse::<jiff::Timestamp>().unwrap();
        for name in ["Europe/Berlin", ":Europe/Berlin"] {
            assert_eq!(noon.to_zoned(read(name).unwrap()).strftime("%H:%M %Z").to_string(), "12:00 CET");
        }
        for name in ["", "Europe", "Europe/Bonn", "text", "CET-1CEST"] {
            assert!(read(name).is_none(), "{name}");
        }
    }
}
