import type { Decoder } from '@leat/formats'

/** A text cut where a record has other names at the top than the one before it, so that each piece is of one shape. */
export function* runsOf(text: Uint8Array, decoder: Decoder): Generator<Uint8Array> {
  let start = 0
  let names: string | null = null
  for (let at = 0; at < text.length;) {
    const newline = text.indexOf(10, at)
    const end = newline < 0 ? text.length : newline + 1
    const found = [...(decoder.topNames?.(text.subarray(at, end), 1) ?? [])].join('\n')
    if (names !== null && found !== names) {
      yield text.subarray(start, at)
      start = at
    }
    names = found
    at = end
  }
  if (start < text.length) yield text.subarray(start)
}
