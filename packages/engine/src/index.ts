export { openDuckDb, type Compute, type ComputeSession, type ComputeSettings } from './compute.ts'
export { compact } from './compact.ts'
export { deliver } from './deliver/deliver.ts'
export { planDelivery, type DeliveryPlan } from './deliver/plan-delivery.ts'
export { derive } from './derive/derive.ts'
export { chooseNexset } from './ingest/choose-nexset.ts'
export { sourceCheckpoint } from './ingest/position.ts'
export { ingest, type IngestJob } from './ingest/ingest.ts'
export type * from './ports.ts'
export {
  DataReader,
  type QuarantinedRecord,
  type QueryResult,
  type ReadableNexset,
  type SampleRecord,
} from './read/data-reader.ts'
export { checkStore } from './store/check-store.ts'
export { localFolderOf, openSegmentStore, type StoreSettings } from './store/open-store.ts'
export { groupUnits, listUnits } from './units.ts'
export { mergeSchema } from './merge-schema.ts'
export { checkReadOptions, checkWriteOptions, toJsonSchema } from '@leat/formats'
