/** The lines of a file of JSON lines. Only a line feed ends one: `readline` also splits at U+2028 and U+2029, which may stand within a text. */
export async function* linesOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let begun: Buffer[] = []
  for await (const piece of pieces) {
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)
    let from = 0
    for (let end = bytes.indexOf(lineFeed); end >= 0; end = bytes.indexOf(lineFeed, from)) {
      const line = Buffer.concat([...begun, bytes.subarray(from, end)]).toString('utf8')
      begun = []
      from = end + 1
      if (line.trim() !== '') yield line
    }
    // A copy: whoever gave the piece may use its memory again.
    if (from < bytes.length) begun.push(Buffer.from(bytes.subarray(from)))
  }
  const last = Buffer.concat(begun).toString('utf8')
  if (last.trim() !== '') yield last
}

const lineFeed = 0x0a
