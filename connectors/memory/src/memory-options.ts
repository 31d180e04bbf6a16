import { describe, fileSinkFields, fileSourceFields, flag, list, secretText, text } from '@leat/connector-kit'
import { z } from 'zod'

export const memoryCredentials = z.strictObject({
  space: text('Space', 'Name of a space in the memory of this process').optional(),
  folder: text('Folder', 'Keeps the space in this folder instead, so that other processes see it').optional(),
  password: secretText('Password', 'Of the space, when it has one').optional(),
})

export const memorySourceOptions = z.strictObject({
  ...fileSourceFields,
  deliver_as: describe(
    z.enum(['objects', 'rows']),
    'Deliver as',
    'objects: bytes; rows: the lines of an object as JSON rows, a queue',
  ).default('objects'),
  rows_per_part: describe(z.int().positive(), 'Rows per part', 'For rows').default(2),
  mixed_shapes: flag('Mixed shapes', 'Records of several shapes may follow each other in an object').default(false),
  chunk_bytes: describe(z.int().positive(), 'Chunk size (bytes)', 'Of the byte streams').default(65_536),
})

export const memorySinkOptions = z.strictObject({
  ...fileSinkFields,
  data_format: fileSinkFields.data_format
    .optional()
    .meta({ title: 'Format', description: 'Absent: the sink takes rows' }),
  required_fields: list('Required fields', 'A row in which one of them is null or missing is rejected').optional(),
})
