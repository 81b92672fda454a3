//! The task agent, embedded by `build.rs`: on Linux a static program that runs in any image.

/// The program's bytes. An executor writes them to a file, mode 0755, that the job's environment can start.
pub static TASK_AGENT: &[u8] = include_bytes!(env!("ROUNDHOUSE_TASK_AGENT"));

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::TASK_AGENT;

    /// Reads a little-endian number of the ELF header.
    fn number(offset: usize, length: usize) -> usize {
        TASK_AGENT[offset..offset + length].iter().rev().fold(0, |sum, byte| sum << 8 | usize::from(*byte))
    }

    #[test]
    fn the_agent_is_a_static_elf_program() {
        const INTERPRETER: usize = 3;
        assert_eq!(&TASK_AGENT[..5], b"\x7fELF\x02");
        let (table, entry_bytes, entries) = (number(32, 8), number(54, 2), number(56, 2));
        let kinds: Vec<usize> = (0..entries).map(|index| number(table + index * entry_bytes, 4)).collect();
        assert!(!kinds.contains(&INTERPRETER), "it asks for a dynamic linker: {kinds:?}");
    }
}
