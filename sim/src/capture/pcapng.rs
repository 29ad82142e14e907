//! The file that Wireshark opens.
//!
//! One section; one interface for each segment, named after it, as if its switch mirrored what
//! comes in to a port where somebody listens; one packet for each frame. Time is the world's, in
//! nanoseconds from 0, which Wireshark shows as 1 January 1970. A comment on each packet says who
//! sent it and what became of it.

use core::time::Duration;
use std::borrow::Cow;
use std::io;

use bellwether_core::Instant;
use pcap_file::pcapng::blocks::enhanced_packet::{EnhancedPacketBlock, EnhancedPacketOption};
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption,
};
use pcap_file::pcapng::blocks::section_header::{SectionHeaderBlock, SectionHeaderOption};
use pcap_file::pcapng::{Block, PcapNgWriter};
use pcap_file::{DataLink, Endianness, PcapError};

use super::{Capture, Captured, Fate};

/// `if_tsresol`: ten to the minus ninth of a second.
const NANOSECONDS: u8 = 9;

impl Capture {
    /// Writes the capture as pcapng; `comment` stands in its head.
    ///
    /// # Errors
    ///
    /// Those of the writer; what was written until then stays.
    pub fn write_pcapng(&self, comment: &str, out: impl io::Write) -> io::Result<()> {
        let head = SectionHeaderBlock {
            endianness: Endianness::Little,
            major_version: 1,
            minor_version: 0,
            section_length: -1,
            options: vec![
                SectionHeaderOption::Comment(Cow::Owned(comment.to_owned())),
                SectionHeaderOption::UserApplication(Cow::Borrowed("bellwether-sim")),
            ],
        };
        let mut writer = PcapNgWriter::with_section_header(out, head).map_err(io_error)?;
        for segment in &self.segments {
            let interface = InterfaceDescriptionBlock {
                linktype: DataLink::ETHERNET,
                snaplen: 0,
                options: vec![
                    InterfaceDescriptionOption::IfName(Cow::Borrowed(segment.as_str())),
                    InterfaceDescriptionOption::IfDescription(Cow::Borrowed(
                        "all that stations send on this segment",
                    )),
                    InterfaceDescriptionOption::IfTsResol(NANOSECONDS),
                ],
            };
            writer
                .write_block(&Block::InterfaceDescription(interface))
                .map_err(io_error)?;
        }
        for frame in &self.frames {
            let length = u32::try_from(frame.bytes.len()).unwrap_or(u32::MAX);
            let packet = EnhancedPacketBlock {
                interface_id: u32::try_from(frame.segment).unwrap_or(u32::MAX),
                timestamp: Duration::from_nanos(frame.at.as_nanos()),
                original_len: length,
                data: Cow::Borrowed(&frame.bytes),
                options: vec![EnhancedPacketOption::Comment(Cow::Owned(
                    self.story_of(frame),
                ))],
            };
            writer
                .write_block(&Block::EnhancedPacket(packet))
                .map_err(io_error)?;
        }
        writer.into_inner().flush()
    }

    /// What became of a frame, in a line: `from lb1; lb2 has it after 0.100 ms; lost for lb3: the
    /// way is cut`.
    #[must_use]
    pub fn story_of(&self, frame: &Captured) -> String {
        let mut text = format!("from {}", self.name(frame.from));
        if let Some(to) = frame.damaged_for {
            text.push_str(&format!(", damaged on its way to {}", self.name(to)));
        }
        for copy in &frame.copies {
            let to = self.name(copy.to);
            match copy.fate {
                Fate::Arrived => {
                    let after = after(frame.at, copy.at);
                    text.push_str(&format!("; {to} has it after {after} ms"));
                }
                Fate::Lost(why) => text.push_str(&format!("; lost for {to}: {}", why.words())),
            }
        }
        text
    }
}

/// Milliseconds with three decimals, cut off.
fn after(from: Instant, to: Instant) -> String {
    let micros = to.since(from).as_micros();
    format!("{}.{:03}", micros / 1000, micros % 1000)
}

fn io_error(error: PcapError) -> io::Error {
    match error {
        PcapError::IoError(error) => error,
        error @ (PcapError::IncompleteBuffer
        | PcapError::InvalidField(_)
        | PcapError::Utf8Error(_)
        | PcapError::FromUtf8Error(_)
        | PcapError::InvalidInterfaceId(_)) => io::Error::other(error),
    }
}
