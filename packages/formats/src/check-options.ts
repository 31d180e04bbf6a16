import type { JsonObject } from '@leat/connector-kit'
import type { Detected, ReadOptions } from './api.ts'
import { dialectOf } from './csv/dialect.ts'
import { formatsOf } from './detect.ts'
import { jsonLayout } from './json/layout.ts'
import { planEncoding } from './encode.ts'
import { patternUsesRecord } from './file-name.ts'
import { xmlDecoder } from './xml/decoder.ts'

const nothing = new Uint8Array()

const checks: Readonly<Record<Detected['format'], (options: ReadOptions) => unknown>> = {
  json: (options) => jsonLayout(options, nothing),
  csv: (options) => dialectOf(options, nothing, null),
  xml: (options) => xmlDecoder({ format: 'xml', compression: 'none', archive: 'none' }, options, nothing),
  parquet: () => undefined,
  copy_text: () => undefined,
}

/**
 * Throws what every object of a source with these options would meet: a format that is not read, a path that is none, a delimiter of two characters.
 * Where the options leave the format open, those of all formats are looked at.
 */
export function checkReadOptions(options: JsonObject): void {
  for (const format of formatsOf(options)) checks[format](options)
}

/** The same for the options of a file destination, and the pattern of its folders. */
export function checkWriteOptions(options: JsonObject): void {
  planEncoding(options)
  const pattern = options['output.dir.name.pattern']
  if (typeof pattern === 'string') patternUsesRecord(pattern)
}
