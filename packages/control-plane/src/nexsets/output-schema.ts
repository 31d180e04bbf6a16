import type { DataType, Field, JsonObject, ScalarName, Schema } from '@leat/connector-kit'

type Shape = { readonly [key: string]: unknown }

/**
 * JSON Schema of each canonical scalar. `format` keeps what JSON Schema cannot say: `int64` and above exceed what a JavaScript number
 * holds exactly, so samples and row APIs may carry such values as text; `local-date-time` is a timestamp without zone.
 */
const scalars: Record<ScalarName, Shape> = {
  UNKNOWN: {},
  BOOLEAN: { type: 'boolean' },
  TINYINT: { type: 'integer', format: 'int8' },
  SMALLINT: { type: 'integer', format: 'int16' },
  INTEGER: { type: 'integer', format: 'int32' },
  BIGINT: { type: 'integer', format: 'int64' },
  HUGEINT: { type: 'integer', format: 'int128' },
  UTINYINT: { type: 'integer', format: 'uint8' },
  USMALLINT: { type: 'integer', format: 'uint16' },
  UINTEGER: { type: 'integer', format: 'uint32' },
  UBIGINT: { type: 'integer', format: 'uint64' },
  FLOAT: { type: 'number', format: 'float' },
  DOUBLE: { type: 'number', format: 'double' },
  VARCHAR: { type: 'string' },
  BLOB: { type: 'string', format: 'byte', contentEncoding: 'base64' },
  UUID: { type: 'string', format: 'uuid' },
  JSON: { format: 'json' },
  DATE: { type: 'string', format: 'date' },
  TIME: { type: 'string', format: 'time' },
  TIMESTAMP: { type: 'string', format: 'local-date-time' },
  TIMESTAMPTZ: { type: 'string', format: 'date-time' },
  TIMESTAMP_NS: { type: 'string', format: 'local-date-time' },
  INTERVAL: { type: 'string', format: 'duration' },
}

/** The schema of a nexset as the API shows it, in the order of its columns; null while no data was seen. */
export function outputSchema(
  nexsetId: number,
  schema: Schema | null,
  annotations: JsonObject | null,
): Record<string, unknown> | null {
  if (schema === null) return null
  const notes = (annotations?.['properties'] ?? {}) as Readonly<Record<string, Shape>>
  return {
    $schema: 'http://json-schema.org/draft-04/schema#',
    '$schema-id': nexsetId,
    type: 'object',
    properties: Object.fromEntries(
      schema.fields.map(({ name, type }) => [
        name,
        { ...shapeOf(type), ...(Object.hasOwn(notes, name) ? notes[name] : {}) },
      ]),
    ),
  }
}

function shapeOf(type: DataType): Shape {
  switch (type.kind) {
    case 'scalar':
      return scalars[type.name]
    case 'decimal':
      return { type: 'number', format: 'decimal', precision: type.precision, scale: type.scale }
    case 'struct':
      return { type: 'object', properties: properties(type.fields) }
    case 'list':
      return { type: 'array', items: shapeOf(type.element) }
    case 'map':
      return { type: 'object', additionalProperties: shapeOf(type.value) }
  }
}

function properties(fields: readonly Field[]): Shape {
  return Object.fromEntries(fields.map((field) => [field.name, shapeOf(field.type)]))
}
