import { z } from 'zod'
import { allUnused, describe, flag, offSwitch, secretText, text, unused, whole } from './option-fields.ts'

/* The keys of S-FILE for formats and processors beyond JSON, delimited text and Parquet. What this version cannot do with them is said in `unused`. */

const headerModes = ['header', 'generated'] as const

const excelKeys = allUnused(
  {
    'excel.schema.detection': describe(
      z.enum(headerModes),
      'Excel column names',
      'header: from the first row; generated: attribute1, attribute2 …',
    ).optional(),
    sheets: text('Sheets', 'Cell ranges, separated by commas (`sheet1!A1:B5`)').optional(),
    'excel.range.additional': text(
      'Additional cells',
      'sheet_attrCell:valueCell, separated by vertical bars',
    ).optional(),
    'excel.skip.merged.cells': flag('Skip merged cells', '(default false)').optional(),
  } as const,
  'Excel files are not read by this version',
)

const markupKeys = {
  'xml.mode': describe(
    z.enum(['row', 'entire.file']),
    'XML mode',
    'row: one document per line; entire.file: one document',
  ).optional(),
  'xml.xpath': text('XPath', 'XPath of the records in a document').optional(),
  'xml.xpath.additional': text('Additional XPath', 'XPath of values that are copied into every record').optional(),
  'edi.xpath': unused(text('EDI XPath', 'XPath of the records').optional(), 'EDI files are not read by this version'),
  'grok.pattern': unused(
    text('Grok pattern', 'For log files: a predefined or own pattern').optional(),
    'log files are not read by this version',
  ),
} as const

const fixedWidthKeys = allUnused(
  {
    'field.lengths': text('Field widths', 'Widths in characters, separated by commas').optional(),
    'fixed.width.schema.detection.mode': describe(
      z.enum(headerModes),
      'Fixed width column names',
      'header or generated',
    ).optional(),
    'padding.character': z.string().optional().meta({ title: 'Padding', description: '(default a space)' }),
    'line.separator.detection.enabled': flag('Detect the line separator', '(default true)').optional(),
    'line.separator': z.string().optional().meta({ title: 'Line separator', description: '(default \\n)' }),
    'remove.quotes.forced': flag('Remove quotes', '(default false)').optional(),
    'quote.char': z.string().optional().meta({ title: 'Quote character of fixed width', description: '(default ")' }),
    'fixed.width.skip.first.lines': whole('Skip first lines of fixed width', '(default 0)').optional(),
    'fixed.width.skip.last.lines': whole('Skip last lines of fixed width', '(default 0)').optional(),
  } as const,
  'fixed-width files are not read by this version',
)

const coercionKey = {
  'scalar.coercion': flag('Detect types', 'Numbers and booleans become such (default true)').optional(),
} as const

const pdfKeys = allUnused(
  {
    'pdf.parsing.strategy': describe(
      z.enum(['text', 'semi-auto', 'auto-1', 'auto-2', 'image']),
      'PDF parsing',
      'How text and tables are found',
    ).optional(),
    'pdf.rendering.strategy': describe(
      z.enum(['default', 'embedded', 'extended', 'table.as.message', 'document.as.message']),
      'PDF rendering',
      '(default default)',
    ).optional(),
    'pdf.parsing.emitTextBlocks': flag('PDF text blocks', 'For semi-auto (default true)').optional(),
    'pdf.document.password': secretText('PDF password', 'Of encrypted documents').optional(),
    'pdf.parsing.emptyValuePlaceholder': z
      .string()
      .optional()
      .meta({ title: 'PDF empty value', description: 'Written for empty cells (default blank)' }),
    'pdf.parsing.tables': text(
      'PDF tables',
      'JSON text: columns, forceBoldHeaders, forceFullWidth, header, tupleNumber, spacing',
    ).optional(),
    'pdf.parsing.auto-1.outputText': flag('PDF output text', 'For auto-1 (default true)').optional(),
    'pdf.parsing.auto-1.outputTables': flag('PDF output tables', 'For auto-1 (default true)').optional(),
    'pdf.parsing.image.scale': text('PDF image scale', '(default 1.25)').optional(),
  } as const,
  'PDF files are not read by this version',
)

const unstructuredKeys = allUnused(
  {
    'unstructured.gz.uncompressed.content.type': text(
      'Unstructured content type',
      'Of the uncompressed file',
    ).optional(),
    'unstructured.encoding': text('Unstructured encoding', 'Of the text').optional(),
    'unstructured.include.page.breaks': flag('Unstructured page breaks', '(default false)').optional(),
    'unstructured.pdf.infer.table.structure': flag('Unstructured tables', '(default false)').optional(),
    'unstructured.chunking.strategy': z
      .enum(['', 'by_title'])
      .optional()
      .meta({ title: 'Unstructured chunking', description: 'Empty or by_title' }),
    'unstructured.multipage.sections': flag('Unstructured multipage sections', '(default true)').optional(),
    'unstructured.combine.under.n.chars': whole('Unstructured combine under', 'Characters (default 500)').optional(),
    'unstructured.new.after.n.chars': whole('Unstructured new chunk after', 'Characters (default 1500)').optional(),
    'unstructured.max.characters': whole('Unstructured largest chunk', 'Characters (default 1500)').optional(),
  } as const,
  'documents without structure are not read by this version',
)

const swiftKeys = allUnused(
  {
    lenient: flag('SWIFT lenient', '(default true)').optional(),
    'parse.text.block': flag('SWIFT text block', '(default true)').optional(),
    'parse.trailer.block': flag('SWIFT trailer block', '(default true)').optional(),
    'parse.user.block': flag('SWIFT user block', '(default true)').optional(),
  } as const,
  'SWIFT messages are not read by this version',
)

export const documentKeys = {
  ...excelKeys,
  ...markupKeys,
  ...fixedWidthKeys,
  ...coercionKey,
  ...pdfKeys,
  ...unstructuredKeys,
  ...swiftKeys,
} as const

const noModels = 'this version calls no models'

export const embeddingKeys = {
  'post.processor': offSwitch(
    'Embeddings',
    'Makes embeddings of the text (default false)',
    `${noModels}; leave it out, and make embeddings in a destination`,
  ).optional(),
  ...allUnused(
    {
      runtime_data_credentials_id: whole('Credential of the model', 'For embeddings').optional(),
      model: text('Model', 'For embeddings').optional(),
      property: text('Property', 'Attribute that is embedded').optional(),
      chunk_threshold: whole('Chunk threshold', 'For embeddings (default 1000)').optional(),
    } as const,
    noModels,
  ),
  'ai.function': offSwitch('AI function', '(default false)', `${noModels}; leave it out`).optional(),
  'ai.function.id': unused(whole('AI function id', 'When ai.function is true').optional(), noModels),
} as const

const noGroups = 'records are not grouped by this version'

export const groupingKeys = {
  allowGrouping: offSwitch(
    'Group records',
    '(default false)',
    `${noGroups}; leave it out, and group in a nexset with a SQL transform`,
  ).optional(),
  ...allUnused(
    {
      'group.by.keys': text('Group by', 'Attributes, separated by commas, when allowGrouping is true').optional(),
      'group.field.name': text('Group field', 'Attribute that receives the grouped records').optional(),
      'group.publish.null.key': z.union([z.boolean(), z.string()]).optional().meta({
        title: 'Publish without key',
        description: 'Publish records whose key is missing',
      }),
    } as const,
    noGroups,
  ),
} as const
