import type { Compression, Detected } from '../api.ts'
import { bunzip2 } from './bzip2.ts'
import { snappyFrames } from './snappy.ts'
import { zipEntries, type ZipLimits } from './zip.ts'
import { gunzip, unzstd } from './zlib-streams.ts'

/**
 * The files inside of an object: one, with `entry: null`, unless it is a zip archive. Each must be read to its end before the next.
 * Broken data throws a `data` fault after the good bytes before it.
 */
export async function* decompress(
  bytes: AsyncIterable<Uint8Array>,
  detected: Detected,
  _name: string,
  limits: ZipLimits = {},
): AsyncGenerator<{ entry: string | null; bytes: AsyncIterable<Uint8Array> }> {
  if (detected.archive === 'zip') {
    for await (const { entry, bytes: content } of zipEntries(bytes, limits)) yield innerEntry(entry, content)
  } else yield { entry: null, bytes: inflate(bytes, detected.compression) }
}

const byEnding: readonly (readonly [RegExp, Compression])[] = [
  [/\.(gz|gzip)$/i, 'gzip'],
  [/\.(zst|zstd)$/i, 'zstd'],
  [/\.(bz2|bzip2)$/i, 'bzip2'],
  [/\.(sz|snappy)$/i, 'snappy'],
]

/** An entry may be compressed once more: `orders.json.gz` in a zip archive is `orders.json`. */
function innerEntry(
  entry: string,
  bytes: AsyncIterable<Uint8Array>,
): { entry: string; bytes: AsyncIterable<Uint8Array> } {
  const [ending, compression] = byEnding.find(([pattern]) => pattern.test(entry)) ?? [null, 'none' as const]
  return ending ? { entry: entry.replace(ending, ''), bytes: inflate(bytes, compression) } : { entry, bytes }
}

function inflate(bytes: AsyncIterable<Uint8Array>, compression: Compression): AsyncIterable<Uint8Array> {
  switch (compression) {
    case 'none':
      return bytes
    case 'gzip':
      return gunzip(bytes)
    case 'zstd':
      return unzstd(bytes)
    case 'snappy':
      return snappyFrames(bytes)
    case 'bzip2':
      return bunzip2(bytes)
  }
}
