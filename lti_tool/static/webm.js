// A browser writes a WebM while it records, and so without how long it is; players then show no timeline and can't go to a minute.
// This puts the duration into the head of the file (Matroska, RFC 9559: Segment, Info, Duration).

const SEGMENT = 0x18538067;
const INFO = 0x1549a966;
const DURATION = [0x44, 0x89];
const HEAD_BYTES = 4096;

// An element's id and size at `at`: where its content begins, and its length (null where it is not known).
function element(bytes, at) {
  const idLength = Math.clz32(bytes[at]) - 23;
  let id = 0;
  for (let i = 0; i < idLength; i += 1) id = id * 256 + bytes[at + i];
  const first = bytes[at + idLength];
  const sizeLength = Math.clz32(first) - 23;
  let size = first & (0xff >> sizeLength);
  let unknown = size === 0xff >> sizeLength;
  for (let i = 1; i < sizeLength; i += 1) {
    size = size * 256 + bytes[at + idLength + i];
    unknown &&= bytes[at + idLength + i] === 0xff;
  }
  return { id, content: at + idLength + sizeLength, size: unknown ? null : size };
}

// The same blob with its duration; as it is where its head is another one than browsers write.
export async function withDuration(blob, seconds) {
  const bytes = new Uint8Array(await blob.slice(0, HEAD_BYTES).arrayBuffer());
  for (let at = 0; at < bytes.length - 12; ) {
    const found = element(bytes, at);
    if (found.id === SEGMENT) {
      if (found.size !== null) return blob;
      at = found.content;
    } else if (found.id === INFO) {
      const end = found.content + found.size;
      if (end > bytes.length) return blob;
      for (let inside = found.content; inside < end; ) {
        const one = element(bytes, inside);
        if (bytes[inside] === DURATION[0] && bytes[inside + 1] === DURATION[1]) return blob;
        inside = one.content + one.size;
      }
      const head = new DataView(new ArrayBuffer(23)); // id, an eight-byte size, then the new Duration: id, size 8, a double of milliseconds
      head.setUint32(0, INFO);
      head.setBigUint64(4, (1n << 56n) | BigInt(found.size + 11));
      head.setUint16(12, 0x4489);
      head.setUint8(14, 0x88);
      head.setFloat64(15, seconds * 1000);
      return new Blob([bytes.slice(0, at), head, bytes.slice(found.content, end), blob.slice(end)]);
    } else if (found.size === null || found.content + found.size <= at) return blob;
    else at = found.content + found.size;
  }
  return blob;
}
