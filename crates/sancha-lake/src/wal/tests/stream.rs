use super::*;

#[test]
fn a_stream_is_known_by_its_first_kibibyte() {
    let long = [b'x'; 3000];
    let id = StreamId::of(&long).unwrap();
    assert_eq!(id.prefix, 1024);
    assert_eq!(StreamId::of(&long[..1024]), Some(id));
    assert_ne!(StreamId::of(&long[..1023]), Some(id));
    assert_eq!(StreamId::of(b""), None);
}

#[test]
fn a_stream_that_grew_keeps_its_id() {
    let content: Vec<u8> = (0..200).flat_map(|number| line(1, number).into_bytes()).collect();
    for first_seen in [1, 300, 1023, 1024, 2000] {
        let id = StreamId::of(&content[..first_seen]).unwrap();
        let known: KnownStreams = [id].into_iter().collect();
        for later in [first_seen, first_seen + 1, 1024, 4000] {
            let later = later.max(first_seen);
            assert_eq!(known.beginning_with(&content[..later]), [id], "{first_seen} {later}");
        }
    }
}

#[test]
fn another_beginning_is_another_stream() {
    let content: Vec<u8> = (0..200).flat_map(|number| line(1, number).into_bytes()).collect();
    let mut other = content.clone();
    other[299] ^= 1;
    let known: KnownStreams = StreamId::of(&content[..300]).into_iter().collect();
    assert_eq!(known.beginning_with(&other), []);
    assert_eq!(known.beginning_with(&content[..299]), [], "it became shorter");
    assert_eq!(known.beginning_with(b""), []);
}

#[test]
fn of_two_beginnings_the_longer_one_tells() {
    let content: Vec<u8> = (0..200).flat_map(|number| line(1, number).into_bytes()).collect();
    let short = StreamId::of(&content[..20]).unwrap();
    let long = StreamId::of(&content).unwrap();
    let known: KnownStreams = [short, long].into_iter().collect();
    assert_eq!(known.beginning_with(&content), [long, short]);
    assert_eq!(known.beginning_with(&content[..500]), [short]);
}
