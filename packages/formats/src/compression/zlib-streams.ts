import { Readable } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { Fault } from '@leat/connector-kit'
import { zstdFrames } from './zstd-frames.ts'

/** Bytes of gzip data, several members included. Throws a `data` fault after the good bytes. */
export function gunzip(bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  return through(bytes, () => createGunzip({ chunkSize: 256 * 1024 }), 'gzip')
}

/** Bytes of zstd data, several frames included. Throws a `data` fault after the good bytes. */
export async function* unzstd(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const frame of zstdFrames(bytes))
    yield* through(frame, () => createZstdDecompress({ chunkSize: 256 * 1024 }), 'zstd')
}

async function* through(
  bytes: AsyncIterable<Uint8Array>,
  create: () => NodeJS.ReadWriteStream,
  name: string,
): AsyncGenerator<Uint8Array> {
  const inflater = create() as ReturnType<typeof createGunzip>
  const source = Readable.from(bytes, { objectMode: false, highWaterMark: 1 << 20 })
  // A fault of the source is not one of the compression: it is kept apart and thrown as it is.
  let sourceFailure: unknown = null
  source.on('error', (error) => {
    sourceFailure = error
    // What was read before is given out first.
    inflater.end()
  })
  source.pipe(inflater)
  try {
    for await (const chunk of inflater) yield chunk as Uint8Array
  } catch (error) {
    if (sourceFailure !== null) throw sourceFailure
    throw new Fault({
      kind: 'data',
      code: 'compression.broken',
      cause: error,
      message: `The ${name} data is broken: ${error instanceof Error ? error.message : String(error)}. What came before was read; deliver the complete file again.`,
    })
  } finally {
    source.destroy()
    inflater.destroy()
  }
}
