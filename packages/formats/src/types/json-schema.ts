import type { DataType, Field, JsonObject, Schema } from '@leat/connector-kit'

/** A schema as the API's `output_schema`: draft-04 JSON Schema with `type` and `format` per attribute. */
export function toJsonSchema(schema: Schema): JsonObject {
  return { $schema: 'http://json-schema.org/draft-04/schema#', type: 'object', properties: properties(schema.fields) }
}

function properties(fields: readonly Field[]): JsonObject {
  return Object.fromEntries(fields.map((field) => [field.name, attribute(field.type)]))
}

function attribute(type: DataType): JsonObject {
  switch (type.kind) {
    case 'decimal':
      return { type: 'number', format: `decimal(${type.precision},${type.scale})` }
    case 'struct':
      return { type: 'object', properties: properties(type.fields) }
    case 'list':
      return { type: 'array', items: attribute(type.element) }
    case 'map':
      return { type: 'object', additionalProperties: attribute(type.value) }
    case 'scalar':
      return scalars[type.name]
  }
}

const integer = (format: string): JsonObject => ({ type: 'integer', format })
const text = (format?: string): JsonObject => (format === undefined ? { type: 'string' } : { type: 'string', format })

const scalars: Readonly<Record<Extract<DataType, { kind: 'scalar' }>['name'], JsonObject>> = {
  UNKNOWN: {},
  JSON: { format: 'json' },
  BOOLEAN: { type: 'boolean' },
  TINYINT: integer('int8'),
  SMALLINT: integer('int16'),
  INTEGER: integer('int32'),
  BIGINT: integer('int64'),
  HUGEINT: integer('int128'),
  UTINYINT: integer('uint8'),
  USMALLINT: integer('uint16'),
  UINTEGER: integer('uint32'),
  UBIGINT: integer('uint64'),
  FLOAT: { type: 'number', format: 'float' },
  DOUBLE: { type: 'number', format: 'double' },
  VARCHAR: text(),
  BLOB: text('byte'),
  UUID: text('uuid'),
  DATE: text('date'),
  TIME: text('time'),
  TIMESTAMP: text('local-date-time'),
  TIMESTAMPTZ: text('date-time'),
  TIMESTAMP_NS: text('local-date-time-ns'),
  INTERVAL: text('duration'),
}
