//! Signals, and all the unsafe code that they need.

#![expect(unsafe_code, reason = "signal masks and code between fork and exec have no safe interface")]

use std::{mem::MaybeUninit, os::unix::process::CommandExt, path::Path, process::Command, ptr};

use crate::os::Told;

const SIGNALS: [libc::c_int; 3] = [libc::SIGTERM, libc::SIGINT, libc::SIGUSR1];

/// The highest of the classic signals.
const LAST_SIGNAL: libc::c_int = 31;

fn signal_set(signals: &[libc::c_int]) -> libc::sigset_t {
    let mut set = MaybeUninit::uninit();
    // SAFETY: sigemptyset initialises the set; sigaddset takes an initialised set and valid signal numbers.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        for signal in signals {
            libc::sigaddset(set.as_mut_ptr(), *signal);
        }
        set.assume_init()
    }
}

/// Blocks the signals that [`wait_to_be_told`] waits for. A blocked signal stays pending even for PID 1, which the kernel
/// otherwise shields from signals without a handler.
pub fn block_signals() {
    let set = signal_set(&SIGNALS);
    // SAFETY: the set is initialised; the old mask is not asked for.
    unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, ptr::null_mut()) };
}

/// Leaves the session of whoever started the agent: neither that one's terminal nor its end takes the job along. The first
/// process of a container leads one already.
pub fn leave_session() {
    let _ = rustix::process::setsid();
}

/// Waits for the next signal. The spool directory says nothing here.
pub fn wait_to_be_told(_spool: &Path) -> Told {
    let set = signal_set(&SIGNALS);
    loop {
        let mut signal = 0;
        // SAFETY: both pointers are valid for the call.
        if unsafe { libc::sigwait(&raw const set, &raw mut signal) } == 0 {
            return if signal == libc::SIGUSR1 { Told::TimeLimit } else { Told::Cancel };
        }
    }
}

/// Makes a command start in a session of its own, with the signal state of a fresh login.
pub fn in_own_session(command: &mut Command) {
    let nothing = signal_set(&[]);
    // SAFETY: the closure makes only async-signal-safe calls and does not allocate.
    unsafe {
        command.pre_exec(move || {
            rustix::process::setsid()?;
            for signal in 1..=LAST_SIGNAL {
                // Refused for SIGKILL and SIGSTOP, which nobody can ignore anyway.
                libc::signal(signal, libc::SIG_DFL);
            }
            libc::pthread_sigmask(libc::SIG_SETMASK, &raw const nothing, ptr::null_mut());
            Ok(())
        });
    }
}
