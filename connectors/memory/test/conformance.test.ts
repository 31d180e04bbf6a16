import { conformance } from '@leat/connector-kit/conformance'
import { memory } from '../src/index.ts'
import { asCsv, inFolder, inProcess } from './conditions.ts'
import { csvTable } from './csv-table.ts'

conformance(memory, { peer: { kind: 'in process', name: 'memory, objects and rows' }, setup: () => inProcess() })
conformance(memory, {
  peer: { kind: 'in process', name: 'memory, rows and files' },
  setup: () => inProcess({ deliver_as: 'rows' }, { data_format: 'parquet' }),
  parts: ['source', 'sink'],
})
conformance(memory, { peer: { kind: 'in process', name: 'folder, objects and rows' }, setup: () => inFolder() })
conformance(memory, {
  peer: { kind: 'in process', name: 'folder, rows and files' },
  setup: () => inFolder({ deliver_as: 'rows' }, { data_format: 'parquet' }),
  parts: ['source', 'sink'],
})
conformance(csvTable, {
  peer: { kind: 'in process', name: 'memory, records from CSV' },
  setup: asCsv,
  parts: ['sink'],
})
