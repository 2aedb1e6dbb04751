// MD5 of a blob as base64, the checksum that every store verifies a part by (RFC 1321); browsers have none.
const SHIFTS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
const SINES = Int32Array.from({ length: 64 }, (_, n) => Math.floor(Math.abs(Math.sin(n + 1)) * 2 ** 32));
const PIECE = 1 << 20;

// One block of 16 words into the state.
function mix(state, words, at) {
  let [a, b, c, d] = state;
  for (let n = 0; n < 64; n++) {
    const round = n >> 4;
    let f, word;
    if (round === 0) [f, word] = [(b & c) | (~b & d), n];
    else if (round === 1) [f, word] = [(d & b) | (~d & c), (5 * n + 1) & 15];
    else if (round === 2) [f, word] = [b ^ c ^ d, (3 * n + 5) & 15];
    else [f, word] = [c ^ (b | ~d), (7 * n) & 15];
    const sum = (a + f + SINES[n] + words[at + word]) | 0;
    const shift = SHIFTS[4 * round + (n & 3)];
    [a, d, c, b] = [d, c, b, (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0];
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
}

function last(bytes, length) {
  const room = (bytes.length % 64 < 56 ? 64 : 128) - (bytes.length % 64);
  const padded = new Uint8Array(bytes.length + room);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  new DataView(padded.buffer).setBigUint64(padded.length - 8, BigInt(length) * 8n, true);
  return padded;
}

// Read piece by piece, so that the page stays awake.
export async function md5(blob) {
  const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476);
  let at = 0;
  do {
    let bytes = new Uint8Array(await blob.slice(at, at + PIECE).arrayBuffer());
    at += PIECE;
    if (at >= blob.size) bytes = last(bytes, blob.size);
    const words = new Int32Array(bytes.buffer);
    for (let word = 0; word < words.length; word += 16) mix(state, words, word);
  } while (at < blob.size);
  return btoa(String.fromCharCode(...new Uint8Array(state.buffer)));
}
