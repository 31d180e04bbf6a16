// Generated from connectors/*/*.spec.json by scripts/generate-connector-types.ts. Do not edit.

export interface CredentialConfigs {
  min_io_s3: MinIoS3Credentials
  s3: S3Credentials
}

export interface SourceConfigs {
  file_upload: FileUploadSource
  local_file: LocalFileSource
  min_io_s3: MinIoS3Source
  s3: S3Source
}

export interface SinkConfigs {
  local_file: LocalFileSink
  min_io_s3: MinIoS3Sink
  s3: S3Sink
}

/** MinIO and other S3-compatible stores: `credentials` */
export interface MinIoS3Credentials {
  /** URL of the service, with protocol and port. */
  nx_external_host?: string
  /** Only min_io_s3. */
  'nx_external.auth.type'?: 'min_io_s3'
  /** JSON text with access_key_id and secret_key; or give access_key and secret_key. */
  'nx_external.auth.props'?: string
  /** For Access Key. */
  access_key?: string
  /** For Access Key. */
  secret_key?: string
  /** Of a temporary access key. */
  session_token?: string
  /** Of the buckets. Default: `"us-east-1"`. */
  region?: string
  /** bucket or bucket/folder that the key is limited to. */
  'test.path'?: string
  /** With a KMS key (default false). */
  has_client_encryption?: boolean
  /** For client-side encryption. */
  encryption_mode?: 'EncryptionOnly' | 'AuthenticatedEncryption' | 'StrictAuthenticatedEncryption'
  /** For client-side encryption. */
  kms_key?: string
  /** Of written files (default false). */
  'sse.enabled'?: boolean
  /** Blank: keys managed by S3. */
  'sse.kms_key.arn'?: string
  /** Repeated by some clients; has no effect. */
  credentials_type?: string
  /** Put the bucket in the path of the URL instead of the host name; true unless the endpoint is Amazon’s. */
  path_style?: boolean
  /** Decrypt on read, encrypt on write (default false). */
  file_encryption_enabled?: boolean
  /** Only pgp. */
  'encrypt.standard'?: 'pgp'
  /** User id of their key. */
  'external.user.id'?: string
  /** Armoured. */
  'external.public.key'?: string
  /** User id of our key. */
  'encrypt.user.id'?: string
  /** Of our private key. */
  'encrypt.private.password'?: string
  /** Ours, armoured. */
  'encrypt.private.key'?: string
  /** The same as `access_key`. */
  access_key_id?: string
  /** The same as `secret_key`. */
  secret_access_key?: string
  /** The same as `access_key`. */
  aws_access_key_id?: string
  /** The same as `secret_key`. */
  aws_secret_access_key?: string
  /** The same as `nx_external_host`. */
  endpoint_url?: string
  /** The same as `nx_external_host`. */
  endpoint?: string
}

/** Amazon S3: `credentials` */
export interface S3Credentials {
  /** (default Access Key when a key is given, ARN when an arn is, else Instance Role). */
  s3_auth_type?: 'Access Key' | 'ARN' | 'Instance Role'
  /** For Access Key. */
  access_key?: string
  /** For Access Key. */
  secret_key?: string
  /** Of a temporary access key. */
  session_token?: string
  /** IAM ARN of the role to take on. */
  arn?: string
  /** Asked for by the role. */
  external_id?: string
  /** Of the buckets. Default: `"us-east-1"`. */
  region?: string
  /** bucket or bucket/folder that the key is limited to. */
  'test.path'?: string
  /** With a KMS key (default false). */
  has_client_encryption?: boolean
  /** For client-side encryption. */
  encryption_mode?: 'EncryptionOnly' | 'AuthenticatedEncryption' | 'StrictAuthenticatedEncryption'
  /** For client-side encryption. */
  kms_key?: string
  /** Of written files (default false). */
  'sse.enabled'?: boolean
  /** Blank: keys managed by S3. */
  'sse.kms_key.arn'?: string
  /** Repeated by some clients; has no effect. */
  credentials_type?: string
  /** URL of an S3-compatible service, with protocol and port; absent for Amazon S3. */
  endpoint?: string
  /** Put the bucket in the path of the URL instead of the host name; true unless the endpoint is Amazon’s. */
  path_style?: boolean
  /** Decrypt on read, encrypt on write (default false). */
  file_encryption_enabled?: boolean
  /** Only pgp. */
  'encrypt.standard'?: 'pgp'
  /** User id of their key. */
  'external.user.id'?: string
  /** Armoured. */
  'external.public.key'?: string
  /** User id of our key. */
  'encrypt.user.id'?: string
  /** Of our private key. */
  'encrypt.private.password'?: string
  /** Ours, armoured. */
  'encrypt.private.key'?: string
  /** The same as `access_key`. */
  access_key_id?: string
  /** The same as `secret_key`. */
  secret_access_key?: string
  /** The same as `access_key`. */
  aws_access_key_id?: string
  /** The same as `secret_key`. */
  aws_secret_access_key?: string
  /** The same as `endpoint`. */
  endpoint_url?: string
}

/** File upload: `source_config` */
export interface FileUploadSource {
  /** Cron expression in UTC: 5 fields (Unix) or 6 to 7 fields (Quartz, seconds first). Absent: runs when asked to. */
  'start.cron'?: string
  /** Asked for by some clients; has no effect, because a source reads its own uploads. */
  path?: string
  /** Epoch milliseconds: files that were last changed before are skipped. */
  'ignore.files.older.than.ms'?: number
  /** Declared by clients that give path patterns; the patterns count whenever they are given, unless this is false. */
  path_exclusions?: boolean
  /** Ant patterns from the root of the credential, separated by commas (`bucket/raw/**\/*.json`). */
  'whitelist.pathmatchers'?: string
  /** Ant patterns from the root of the credential, separated by commas. */
  'blacklist.pathmatchers'?: string
  /** For date macros in the path; UTC unless given. */
  timezone?: string
  /** Short for advanced_settings and overriden.extensions. Absent: by extension, then by content. */
  file_format?: 'json' | 'jsonl' | 'ndjson' | 'csv' | 'tsv' | 'delimited' | 'parquet' | 'xml' | 'xlsx' | 'excel' | 'edi' | 'log' | 'orc' | 'avro' | 'fw' | 'fixed_width' | 'pdf' | 'unstructured' | 'swift' | 'raw'
  /** Auto Detect goes by extension, then by content. */
  advanced_settings?: 'Auto Detect' | 'Custom Text Format' | 'XML' | 'JSON' | 'EDI' | 'Log File' | 'ORC' | 'AVRO' | 'Parquet' | 'Excel' | 'Fixed Width' | 'PDF' | 'Unstructured' | 'SWIFT' | 'Raw File Data'
  /** Forces a parser: `*:txt`, `*:json`, `*:parquet` … */
  'overriden.extensions'?: string
  /** Between fields; `\t` for a tab (default by extension, else a comma). */
  'csv.delimiter'?: string
  /** Around fields; empty: none (default "). */
  'csv.quote.char'?: string
  /** Before a quote character; empty: a backslash is an ordinary character (default \). */
  'csv.escape.char'?: string
  /** header: from the first line; generated: attribute1, attribute2 … (default header). */
  'csv.schema.detection'?: 'header' | 'generated'
  /** Lines before the header (default 0). */
  'csv.skip.first.lines'?: number
  /** row: one record per line; entire.file: one document (default by content). */
  'json.mode'?: 'row' | 'entire.file'
  /** JSONPath of the records in a document. */
  'json.path'?: string
  /** JSONPath of values that are copied into every record. */
  'json.path.additional'?: string
  /** All files go into one nexset, whatever their shape (default false). */
  'schema.detection.once'?: boolean
  /** header: from the first row; generated: attribute1, attribute2 … */
  'excel.schema.detection'?: 'header' | 'generated'
  /** Cell ranges, separated by commas (`sheet1!A1:B5`). */
  sheets?: string
  /** sheet_attrCell:valueCell, separated by vertical bars. */
  'excel.range.additional'?: string
  /** (default false). */
  'excel.skip.merged.cells'?: boolean
  /** row: one document per line; entire.file: one document. */
  'xml.mode'?: 'row' | 'entire.file'
  /** XPath of the records in a document. */
  'xml.xpath'?: string
  /** XPath of values that are copied into every record. */
  'xml.xpath.additional'?: string
  /** XPath of the records. */
  'edi.xpath'?: string
  /** For log files: a predefined or own pattern. */
  'grok.pattern'?: string
  /** Widths in characters, separated by commas. */
  'field.lengths'?: string
  /** header or generated. */
  'fixed.width.schema.detection.mode'?: 'header' | 'generated'
  /** (default a space). */
  'padding.character'?: string
  /** (default true). */
  'line.separator.detection.enabled'?: boolean
  /** (default \n). */
  'line.separator'?: string
  /** (default false). */
  'remove.quotes.forced'?: boolean
  /** (default "). */
  'quote.char'?: string
  /** Numbers and booleans become such (default true). */
  'scalar.coercion'?: boolean
  /** (default 0). */
  'fixed.width.skip.first.lines'?: number
  /** (default 0). */
  'fixed.width.skip.last.lines'?: number
  /** How text and tables are found. */
  'pdf.parsing.strategy'?: 'text' | 'semi-auto' | 'auto-1' | 'auto-2' | 'image'
  /** (default default). */
  'pdf.rendering.strategy'?: 'default' | 'embedded' | 'extended' | 'table.as.message' | 'document.as.message'
  /** For semi-auto (default true). */
  'pdf.parsing.emitTextBlocks'?: boolean
  /** Of encrypted documents. */
  'pdf.document.password'?: string
  /** Written for empty cells (default blank). */
  'pdf.parsing.emptyValuePlaceholder'?: string
  /** JSON text: columns, forceBoldHeaders, forceFullWidth, header, tupleNumber, spacing. */
  'pdf.parsing.tables'?: string
  /** For auto-1 (default true). */
  'pdf.parsing.auto-1.outputText'?: boolean
  /** For auto-1 (default true). */
  'pdf.parsing.auto-1.outputTables'?: boolean
  /** (default 1.25). */
  'pdf.parsing.image.scale'?: string
  /** Of the uncompressed file. */
  'unstructured.gz.uncompressed.content.type'?: string
  /** Of the text. */
  'unstructured.encoding'?: string
  /** (default false). */
  'unstructured.include.page.breaks'?: boolean
  /** (default false). */
  'unstructured.pdf.infer.table.structure'?: boolean
  /** Empty or by_title. */
  'unstructured.chunking.strategy'?: '' | 'by_title'
  /** (default true). */
  'unstructured.multipage.sections'?: boolean
  /** Characters (default 500). */
  'unstructured.combine.under.n.chars'?: number
  /** Characters (default 1500). */
  'unstructured.new.after.n.chars'?: number
  /** Characters (default 1500). */
  'unstructured.max.characters'?: number
  /** (default true). */
  lenient?: boolean
  /** (default true). */
  'parse.text.block'?: boolean
  /** (default true). */
  'parse.trailer.block'?: boolean
  /** (default true). */
  'parse.user.block'?: boolean
  /** Makes embeddings of the text (default false). */
  'post.processor'?: boolean
  /** For embeddings. */
  runtime_data_credentials_id?: number
  /** For embeddings. */
  model?: string
  /** Attribute that is embedded. */
  property?: string
  /** For embeddings (default 1000). */
  chunk_threshold?: number
  /** (default false). */
  'ai.function'?: boolean
  /** When ai.function is true. */
  'ai.function.id'?: number
  /** (default false). */
  allowGrouping?: boolean
  /** Attributes, separated by commas, when allowGrouping is true. */
  'group.by.keys'?: string
  /** Attribute that receives the grouped records. */
  'group.field.name'?: string
  /** Publish records whose key is missing. */
  'group.publish.null.key'?: boolean | string
  /** evolve: new fields are added and types widen. quarantine: a record that does not fit is refused and kept; the schema stays. stop: the source stops with a message, and nothing of the file is committed. Default: `"evolve"`. */
  'schema.drift.policy'?: 'evolve' | 'quarantine' | 'stop'
  /** A file is read only when its last change is at least this long ago, so that one that is still being written is not half read. */
  stable_after_ms?: number
  /** Repeated by some clients; has no effect. */
  source_type?: string
  /** The same as `start.cron`. */
  start_cron?: string
  /** The same as `path`. */
  'bucket+prefix?'?: string
  /** The same as `whitelist.pathmatchers`. */
  'path?+**+file_pattern'?: string
  /** The same as `schema.detection.once`. */
  enforce_single_schema?: boolean
  /** The same as `schema.detection.once`. */
  schema_detection_once?: boolean
  /** The same as `overriden.extensions`. */
  'overridden.extensions'?: string
}

/** Local folder: `source_config` */
export interface LocalFileSource {
  /** Cron expression in UTC: 5 fields (Unix) or 6 to 7 fields (Quartz, seconds first). Absent: runs when asked to. */
  'start.cron'?: string
  /** Folder to scan with everything below, or one file: absolute, or relative to an allowed folder. */
  path?: string
  /** Epoch milliseconds: files that were last changed before are skipped. */
  'ignore.files.older.than.ms'?: number
  /** Declared by clients that give path patterns; the patterns count whenever they are given, unless this is false. */
  path_exclusions?: boolean
  /** Ant patterns from the root of the credential, separated by commas (`bucket/raw/**\/*.json`). */
  'whitelist.pathmatchers'?: string
  /** Ant patterns from the root of the credential, separated by commas. */
  'blacklist.pathmatchers'?: string
  /** For date macros in the path; UTC unless given. */
  timezone?: string
  /** Short for advanced_settings and overriden.extensions. Absent: by extension, then by content. */
  file_format?: 'json' | 'jsonl' | 'ndjson' | 'csv' | 'tsv' | 'delimited' | 'parquet' | 'xml' | 'xlsx' | 'excel' | 'edi' | 'log' | 'orc' | 'avro' | 'fw' | 'fixed_width' | 'pdf' | 'unstructured' | 'swift' | 'raw'
  /** Auto Detect goes by extension, then by content. */
  advanced_settings?: 'Auto Detect' | 'Custom Text Format' | 'XML' | 'JSON' | 'EDI' | 'Log File' | 'ORC' | 'AVRO' | 'Parquet' | 'Excel' | 'Fixed Width' | 'PDF' | 'Unstructured' | 'SWIFT' | 'Raw File Data'
  /** Forces a parser: `*:txt`, `*:json`, `*:parquet` … */
  'overriden.extensions'?: string
  /** Between fields; `\t` for a tab (default by extension, else a comma). */
  'csv.delimiter'?: string
  /** Around fields; empty: none (default "). */
  'csv.quote.char'?: string
  /** Before a quote character; empty: a backslash is an ordinary character (default \). */
  'csv.escape.char'?: string
  /** header: from the first line; generated: attribute1, attribute2 … (default header). */
  'csv.schema.detection'?: 'header' | 'generated'
  /** Lines before the header (default 0). */
  'csv.skip.first.lines'?: number
  /** row: one record per line; entire.file: one document (default by content). */
  'json.mode'?: 'row' | 'entire.file'
  /** JSONPath of the records in a document. */
  'json.path'?: string
  /** JSONPath of values that are copied into every record. */
  'json.path.additional'?: string
  /** All files go into one nexset, whatever their shape (default false). */
  'schema.detection.once'?: boolean
  /** header: from the first row; generated: attribute1, attribute2 … */
  'excel.schema.detection'?: 'header' | 'generated'
  /** Cell ranges, separated by commas (`sheet1!A1:B5`). */
  sheets?: string
  /** sheet_attrCell:valueCell, separated by vertical bars. */
  'excel.range.additional'?: string
  /** (default false). */
  'excel.skip.merged.cells'?: boolean
  /** row: one document per line; entire.file: one document. */
  'xml.mode'?: 'row' | 'entire.file'
  /** XPath of the records in a document. */
  'xml.xpath'?: string
  /** XPath of values that are copied into every record. */
  'xml.xpath.additional'?: string
  /** XPath of the records. */
  'edi.xpath'?: string
  /** For log files: a predefined or own pattern. */
  'grok.pattern'?: string
  /** Widths in characters, separated by commas. */
  'field.lengths'?: string
  /** header or generated. */
  'fixed.width.schema.detection.mode'?: 'header' | 'generated'
  /** (default a space). */
  'padding.character'?: string
  /** (default true). */
  'line.separator.detection.enabled'?: boolean
  /** (default \n). */
  'line.separator'?: string
  /** (default false). */
  'remove.quotes.forced'?: boolean
  /** (default "). */
  'quote.char'?: string
  /** Numbers and booleans become such (default true). */
  'scalar.coercion'?: boolean
  /** (default 0). */
  'fixed.width.skip.first.lines'?: number
  /** (default 0). */
  'fixed.width.skip.last.lines'?: number
  /** How text and tables are found. */
  'pdf.parsing.strategy'?: 'text' | 'semi-auto' | 'auto-1' | 'auto-2' | 'image'
  /** (default default). */
  'pdf.rendering.strategy'?: 'default' | 'embedded' | 'extended' | 'table.as.message' | 'document.as.message'
  /** For semi-auto (default true). */
  'pdf.parsing.emitTextBlocks'?: boolean
  /** Of encrypted documents. */
  'pdf.document.password'?: string
  /** Written for empty cells (default blank). */
  'pdf.parsing.emptyValuePlaceholder'?: string
  /** JSON text: columns, forceBoldHeaders, forceFullWidth, header, tupleNumber, spacing. */
  'pdf.parsing.tables'?: string
  /** For auto-1 (default true). */
  'pdf.parsing.auto-1.outputText'?: boolean
  /** For auto-1 (default true). */
  'pdf.parsing.auto-1.outputTables'?: boolean
  /** (default 1.25). */
  'pdf.parsing.image.scale'?: string
  /** Of the uncompressed file. */
  'unstructured.gz.uncompressed.content.type'?: string
  /** Of the text. */
  'unstructured.encoding'?: string
  /** (default false). */
  'unstructured.include.page.breaks'?: boolean
  /** (default false). */
  'unstructured.pdf.infer.table.structure'?: boolean
  /** Empty or by_title. */
  'unstructured.chunking.strategy'?: '' | 'by_title'
  /** (default true). */
  'unstructured.multipage.sections'?: boolean
  /** Characters (default 500). */
  'unstructured.combine.under.n.chars'?: number
  /** Characters (default 1500). */
  'unstructured.new.after.n.chars'?: number
  /** Characters (default 1500). */
  'unstructured.max.characters'?: number
  /** (default true). */
  lenient?: boolean
  /** (default true). */
  'parse.text.block'?: boolean
  /** (default true). */
  'parse.trailer.block'?: boolean
  /** (default true). */
  'parse.user.block'?: boolean
  /** Makes embeddings of the text (default false). */
  'post.processor'?: boolean
  /** For embeddings. */
  runtime_data_credentials_id?: number
  /** For embeddings. */
  model?: string
  /** Attribute that is embedded. */
  property?: string
  /** For embeddings (default 1000). */
  chunk_threshold?: number
  /** (default false). */
  'ai.function'?: boolean
  /** When ai.function is true. */
  'ai.function.id'?: number
  /** (default false). */
  allowGrouping?: boolean
  /** Attributes, separated by commas, when allowGrouping is true. */
  'group.by.keys'?: string
  /** Attribute that receives the grouped records. */
  'group.field.name'?: string
  /** Publish records whose key is missing. */
  'group.publish.null.key'?: boolean | string
  /** evolve: new fields are added and types widen. quarantine: a record that does not fit is refused and kept; the schema stays. stop: the source stops with a message, and nothing of the file is committed. Default: `"evolve"`. */
  'schema.drift.policy'?: 'evolve' | 'quarantine' | 'stop'
  /** A file is read only when its last change is at least this long ago, so that one that is still being written is not half read. */
  stable_after_ms?: number
  /** Repeated by some clients; has no effect. */
  source_type?: string
  /** The same as `start.cron`. */
  start_cron?: string
  /** The same as `path`. */
  'bucket+prefix?'?: string
  /** The same as `whitelist.pathmatchers`. */
  'path?+**+file_pattern'?: string
  /** The same as `schema.detection.once`. */
  enforce_single_schema?: boolean
  /** The same as `schema.detection.once`. */
  schema_detection_once?: boolean
  /** The same as `overriden.extensions`. */
  'overridden.extensions'?: string
}

/** MinIO and other S3-compatible stores: `source_config` */
export interface MinIoS3Source {
  /** Cron expression in UTC: 5 fields (Unix) or 6 to 7 fields (Quartz, seconds first). Absent: runs when asked to. */
  'start.cron'?: string
  /** bucket/prefix to scan with everything below, or one object; s3://bucket/prefix works too. */
  path?: string
  /** Epoch milliseconds: files that were last changed before are skipped. */
  'ignore.files.older.than.ms'?: number
  /** Declared by clients that give path patterns; the patterns count whenever they are given, unless this is false. */
  path_exclusions?: boolean
  /** Ant patterns from the root of the credential, separated by commas (`bucket/raw/**\/*.json`). */
  'whitelist.pathmatchers'?: string
  /** Ant patterns from the root of the credential, separated by commas. */
  'blacklist.pathmatchers'?: string
  /** For date macros in the path; UTC unless given. */
  timezone?: string
  /** Short for advanced_settings and overriden.extensions. Absent: by extension, then by content. */
  file_format?: 'json' | 'jsonl' | 'ndjson' | 'csv' | 'tsv' | 'delimited' | 'parquet' | 'xml' | 'xlsx' | 'excel' | 'edi' | 'log' | 'orc' | 'avro' | 'fw' | 'fixed_width' | 'pdf' | 'unstructured' | 'swift' | 'raw'
  /** Auto Detect goes by extension, then by content. */
  advanced_settings?: 'Auto Detect' | 'Custom Text Format' | 'XML' | 'JSON' | 'EDI' | 'Log File' | 'ORC' | 'AVRO' | 'Parquet' | 'Excel' | 'Fixed Width' | 'PDF' | 'Unstructured' | 'SWIFT' | 'Raw File Data'
  /** Forces a parser: `*:txt`, `*:json`, `*:parquet` … */
  'overriden.extensions'?: string
  /** Between fields; `\t` for a tab (default by extension, else a comma). */
  'csv.delimiter'?: string
  /** Around fields; empty: none (default "). */
  'csv.quote.char'?: string
  /** Before a quote character; empty: a backslash is an ordinary character (default \). */
  'csv.escape.char'?: string
  /** header: from the first line; generated: attribute1, attribute2 … (default header). */
  'csv.schema.detection'?: 'header' | 'generated'
  /** Lines before the header (default 0). */
  'csv.skip.first.lines'?: number
  /** row: one record per line; entire.file: one document (default by content). */
  'json.mode'?: 'row' | 'entire.file'
  /** JSONPath of the records in a document. */
  'json.path'?: string
  /** JSONPath of values that are copied into every record. */
  'json.path.additional'?: string
  /** All files go into one nexset, whatever their shape (default false). */
  'schema.detection.once'?: boolean
  /** header: from the first row; generated: attribute1, attribute2 … */
  'excel.schema.detection'?: 'header' | 'generated'
  /** Cell ranges, separated by commas (`sheet1!A1:B5`). */
  sheets?: string
  /** sheet_attrCell:valueCell, separated by vertical bars. */
  'excel.range.additional'?: string
  /** (default false). */
  'excel.skip.merged.cells'?: boolean
  /** row: one document per line; entire.file: one document. */
  'xml.mode'?: 'row' | 'entire.file'
  /** XPath of the records in a document. */
  'xml.xpath'?: string
  /** XPath of values that are copied into every record. */
  'xml.xpath.additional'?: string
  /** XPath of the records. */
  'edi.xpath'?: string
  /** For log files: a predefined or own pattern. */
  'grok.pattern'?: string
  /** Widths in characters, separated by commas. */
  'field.lengths'?: string
  /** header or generated. */
  'fixed.width.schema.detection.mode'?: 'header' | 'generated'
  /** (default a space). */
  'padding.character'?: string
  /** (default true). */
  'line.separator.detection.enabled'?: boolean
  /** (default \n). */
  'line.separator'?: string
  /** (default false). */
  'remove.quotes.forced'?: boolean
  /** (default "). */
  'quote.char'?: string
  /** Numbers and booleans become such (default true). */
  'scalar.coercion'?: boolean
  /** (default 0). */
  'fixed.width.skip.first.lines'?: number
  /** (default 0). */
  'fixed.width.skip.last.lines'?: number
  /** How text and tables are found. */
  'pdf.parsing.strategy'?: 'text' | 'semi-auto' | 'auto-1' | 'auto-2' | 'image'
  /** (default default). */
  'pdf.rendering.strategy'?: 'default' | 'embedded' | 'extended' | 'table.as.message' | 'document.as.message'
  /** For semi-auto (default true). */
  'pdf.parsing.emitTextBlocks'?: boolean
  /** Of encrypted documents. */
  'pdf.document.password'?: string
  /** Written for empty cells (default blank). */
  'pdf.parsing.emptyValuePlaceholder'?: string
  /** JSON text: columns, forceBoldHeaders, forceFullWidth, header, tupleNumber, spacing. */
  'pdf.parsing.tables'?: string
  /** For auto-1 (default true). */
  'pdf.parsing.auto-1.outputText'?: boolean
  /** For auto-1 (default true). */
  'pdf.parsing.auto-1.outputTables'?: boolean
  /** (default 1.25). */
  'pdf.parsing.image.scale'?: string
  /** Of the uncompressed file. */
  'unstructured.gz.uncompressed.content.type'?: string
  /** Of the text. */
  'unstructured.encoding'?: string
  /** (default false). */
  'unstructured.include.page.breaks'?: boolean
  /** (default false). */
  'unstructured.pdf.infer.table.structure'?: boolean
  /** Empty or by_title. */
  'unstructured.chunking.strategy'?: '' | 'by_title'
  /** (default true). */
  'unstructured.multipage.sections'?: boolean
  /** Characters (default 500). */
  'unstructured.combine.under.n.chars'?: number
  /** Characters (default 1500). */
  'unstructured.new.after.n.chars'?: number
  /** Characters (default 1500). */
  'unstructured.max.characters'?: number
  /** (default true). */
  lenient?: boolean
  /** (default true). */
  'parse.text.block'?: boolean
  /** (default true). */
  'parse.trailer.block'?: boolean
  /** (default true). */
  'parse.user.block'?: boolean
  /** Makes embeddings of the text (default false). */
  'post.processor'?: boolean
  /** For embeddings. */
  runtime_data_credentials_id?: number
  /** For embeddings. */
  model?: string
  /** Attribute that is embedded. */
  property?: string
  /** For embeddings (default 1000). */
  chunk_threshold?: number
  /** (default false). */
  'ai.function'?: boolean
  /** When ai.function is true. */
  'ai.function.id'?: number
  /** (default false). */
  allowGrouping?: boolean
  /** Attributes, separated by commas, when allowGrouping is true. */
  'group.by.keys'?: string
  /** Attribute that receives the grouped records. */
  'group.field.name'?: string
  /** Publish records whose key is missing. */
  'group.publish.null.key'?: boolean | string
  /** evolve: new fields are added and types widen. quarantine: a record that does not fit is refused and kept; the schema stays. stop: the source stops with a message, and nothing of the file is committed. Default: `"evolve"`. */
  'schema.drift.policy'?: 'evolve' | 'quarantine' | 'stop'
  /** A file is read only when its last change is at least this long ago, so that one that is still being written is not half read. */
  stable_after_ms?: number
  /** Repeated by some clients; has no effect. */
  source_type?: string
  /** The same as `start.cron`. */
  start_cron?: string
  /** The same as `path`. */
  'bucket+prefix?'?: string
  /** The same as `whitelist.pathmatchers`. */
  'path?+**+file_pattern'?: string
  /** The same as `schema.detection.once`. */
  enforce_single_schema?: boolean
  /** The same as `schema.detection.once`. */
  schema_detection_once?: boolean
  /** The same as `overriden.extensions`. */
  'overridden.extensions'?: string
}

/** Amazon S3: `source_config` */
export interface S3Source {
  /** Cron expression in UTC: 5 fields (Unix) or 6 to 7 fields (Quartz, seconds first). Absent: runs when asked to. */
  'start.cron'?: string
  /** bucket/prefix to scan with everything below, or one object; s3://bucket/prefix works too. */
  path?: string
  /** Epoch milliseconds: files that were last changed before are skipped. */
  'ignore.files.older.than.ms'?: number
  /** Declared by clients that give path patterns; the patterns count whenever they are given, unless this is false. */
  path_exclusions?: boolean
  /** Ant patterns from the root of the credential, separated by commas (`bucket/raw/**\/*.json`). */
  'whitelist.pathmatchers'?: string
  /** Ant patterns from the root of the credential, separated by commas. */
  'blacklist.pathmatchers'?: string
  /** For date macros in the path; UTC unless given. */
  timezone?: string
  /** Short for advanced_settings and overriden.extensions. Absent: by extension, then by content. */
  file_format?: 'json' | 'jsonl' | 'ndjson' | 'csv' | 'tsv' | 'delimited' | 'parquet' | 'xml' | 'xlsx' | 'excel' | 'edi' | 'log' | 'orc' | 'avro' | 'fw' | 'fixed_width' | 'pdf' | 'unstructured' | 'swift' | 'raw'
  /** Auto Detect goes by extension, then by content. */
  advanced_settings?: 'Auto Detect' | 'Custom Text Format' | 'XML' | 'JSON' | 'EDI' | 'Log File' | 'ORC' | 'AVRO' | 'Parquet' | 'Excel' | 'Fixed Width' | 'PDF' | 'Unstructured' | 'SWIFT' | 'Raw File Data'
  /** Forces a parser: `*:txt`, `*:json`, `*:parquet` … */
  'overriden.extensions'?: string
  /** Between fields; `\t` for a tab (default by extension, else a comma). */
  'csv.delimiter'?: string
  /** Around fields; empty: none (default "). */
  'csv.quote.char'?: string
  /** Before a quote character; empty: a backslash is an ordinary character (default \). */
  'csv.escape.char'?: string
  /** header: from the first line; generated: attribute1, attribute2 … (default header). */
  'csv.schema.detection'?: 'header' | 'generated'
  /** Lines before the header (default 0). */
  'csv.skip.first.lines'?: number
  /** row: one record per line; entire.file: one document (default by content). */
  'json.mode'?: 'row' | 'entire.file'
  /** JSONPath of the records in a document. */
  'json.path'?: string
  /** JSONPath of values that are copied into every record. */
  'json.path.additional'?: string
  /** All files go into one nexset, whatever their shape (default false). */
  'schema.detection.once'?: boolean
  /** header: from the first row; generated: attribute1, attribute2 … */
  'excel.schema.detection'?: 'header' | 'generated'
  /** Cell ranges, separated by commas (`sheet1!A1:B5`). */
  sheets?: string
  /** sheet_attrCell:valueCell, separated by vertical bars. */
  'excel.range.additional'?: string
  /** (default false). */
  'excel.skip.merged.cells'?: boolean
  /** row: one document per line; entire.file: one document. */
  'xml.mode'?: 'row' | 'entire.file'
  /** XPath of the records in a document. */
  'xml.xpath'?: string
  /** XPath of values that are copied into every record. */
  'xml.xpath.additional'?: string
  /** XPath of the records. */
  'edi.xpath'?: string
  /** For log files: a predefined or own pattern. */
  'grok.pattern'?: string
  /** Widths in characters, separated by commas. */
  'field.lengths'?: string
  /** header or generated. */
  'fixed.width.schema.detection.mode'?: 'header' | 'generated'
  /** (default a space). */
  'padding.character'?: string
  /** (default true). */
  'line.separator.detection.enabled'?: boolean
  /** (default \n). */
  'line.separator'?: string
  /** (default false). */
  'remove.quotes.forced'?: boolean
  /** (default "). */
  'quote.char'?: string
  /** Numbers and booleans become such (default true). */
  'scalar.coercion'?: boolean
  /** (default 0). */
  'fixed.width.skip.first.lines'?: number
  /** (default 0). */
  'fixed.width.skip.last.lines'?: number
  /** How text and tables are found. */
  'pdf.parsing.strategy'?: 'text' | 'semi-auto' | 'auto-1' | 'auto-2' | 'image'
  /** (default default). */
  'pdf.rendering.strategy'?: 'default' | 'embedded' | 'extended' | 'table.as.message' | 'document.as.message'
  /** For semi-auto (default true). */
  'pdf.parsing.emitTextBlocks'?: boolean
  /** Of encrypted documents. */
  'pdf.document.password'?: string
  /** Written for empty cells (default blank). */
  'pdf.parsing.emptyValuePlaceholder'?: string
  /** JSON text: columns, forceBoldHeaders, forceFullWidth, header, tupleNumber, spacing. */
  'pdf.parsing.tables'?: string
  /** For auto-1 (default true). */
  'pdf.parsing.auto-1.outputText'?: boolean
  /** For auto-1 (default true). */
  'pdf.parsing.auto-1.outputTables'?: boolean
  /** (default 1.25). */
  'pdf.parsing.image.scale'?: string
  /** Of the uncompressed file. */
  'unstructured.gz.uncompressed.content.type'?: string
  /** Of the text. */
  'unstructured.encoding'?: string
  /** (default false). */
  'unstructured.include.page.breaks'?: boolean
  /** (default false). */
  'unstructured.pdf.infer.table.structure'?: boolean
  /** Empty or by_title. */
  'unstructured.chunking.strategy'?: '' | 'by_title'
  /** (default true). */
  'unstructured.multipage.sections'?: boolean
  /** Characters (default 500). */
  'unstructured.combine.under.n.chars'?: number
  /** Characters (default 1500). */
  'unstructured.new.after.n.chars'?: number
  /** Characters (default 1500). */
  'unstructured.max.characters'?: number
  /** (default true). */
  lenient?: boolean
  /** (default true). */
  'parse.text.block'?: boolean
  /** (default true). */
  'parse.trailer.block'?: boolean
  /** (default true). */
  'parse.user.block'?: boolean
  /** Makes embeddings of the text (default false). */
  'post.processor'?: boolean
  /** For embeddings. */
  runtime_data_credentials_id?: number
  /** For embeddings. */
  model?: string
  /** Attribute that is embedded. */
  property?: string
  /** For embeddings (default 1000). */
  chunk_threshold?: number
  /** (default false). */
  'ai.function'?: boolean
  /** When ai.function is true. */
  'ai.function.id'?: number
  /** (default false). */
  allowGrouping?: boolean
  /** Attributes, separated by commas, when allowGrouping is true. */
  'group.by.keys'?: string
  /** Attribute that receives the grouped records. */
  'group.field.name'?: string
  /** Publish records whose key is missing. */
  'group.publish.null.key'?: boolean | string
  /** evolve: new fields are added and types widen. quarantine: a record that does not fit is refused and kept; the schema stays. stop: the source stops with a message, and nothing of the file is committed. Default: `"evolve"`. */
  'schema.drift.policy'?: 'evolve' | 'quarantine' | 'stop'
  /** A file is read only when its last change is at least this long ago, so that one that is still being written is not half read. */
  stable_after_ms?: number
  /** Repeated by some clients; has no effect. */
  source_type?: string
  /** The same as `start.cron`. */
  start_cron?: string
  /** The same as `path`. */
  'bucket+prefix?'?: string
  /** The same as `whitelist.pathmatchers`. */
  'path?+**+file_pattern'?: string
  /** The same as `schema.detection.once`. */
  enforce_single_schema?: boolean
  /** The same as `schema.detection.once`. */
  schema_detection_once?: boolean
  /** The same as `overriden.extensions`. */
  'overridden.extensions'?: string
}

/** Local folder: `sink_config` */
export interface LocalFileSink {
  /** Folder to write below: absolute, or relative to an allowed folder. */
  path?: string
  /** json is one record per line. */
  data_format?: 'csv' | 'tsv' | 'json' | 'xml' | 'xlsx' | 'edi' | 'avro' | 'parquet' | 'orc' | 'fw'
  /** Of Parquet pages, or of the whole file for text formats (default snappy for Parquet, else none). */
  file_compression?: 'none' | 'snappy' | 'zstd' | 'gzip'
  /** Between fields of csv (default a comma). */
  'csv.delimiter'?: string
  /** A file that reaches this size is closed and the next one begins. Default: `4096`. */
  'max.file.size.mb'?: number
  /** Date macros {YYYY} {MM} {dd} {HH} {mm}; `{record.<attribute>}` splits by value; empty: none. Default: `"{YYYY}/{MM}/{dd}"`. */
  'output.dir.name.pattern'?: string
  /** The name is prefix-nexset-range. */
  'file.name.prefix'?: string
  /** Name of the root element (default root). */
  'xml.root'?: string
  /** (default zlib). */
  'orc.compress'?: 'none' | 'zlib' | 'snappy' | 'lzo' | 'lz4'
  /** First line with column names (default true). */
  'write.header'?: boolean
  /** Widths in characters for fw, separated by commas. */
  'field.lengths'?: string
  /** For fw (default a space). */
  'padding.character'?: string
  /** For fw (default \n). */
  'line.separator'?: string
  /** Which attribute goes into which column; absent: every attribute under its own name. */
  mapping?: { mode?: 'auto' | 'manual'; mapping?: Record<string, readonly string[]>; fields_order?: readonly string[]; header_template?: string; tracker_mode?: 'NONE' | 'RECORD'; tracker_name?: string }
  /** Repeated by some clients; has no effect. */
  sink_type?: string
  /** The same as `data_format`. */
  file_format?: 'csv' | 'tsv' | 'json' | 'xml' | 'xlsx' | 'edi' | 'avro' | 'parquet' | 'orc' | 'fw'
  /** The same as `file_compression`. */
  compression?: 'none' | 'snappy' | 'zstd' | 'gzip'
  /** The same as `path`. */
  'bucket+prefix?'?: string
}

/** MinIO and other S3-compatible stores: `sink_config` */
export interface MinIoS3Sink {
  /** bucket/prefix to write below; s3://bucket/prefix works too. */
  path?: string
  /** json is one record per line. */
  data_format?: 'csv' | 'tsv' | 'json' | 'xml' | 'xlsx' | 'edi' | 'avro' | 'parquet' | 'orc' | 'fw'
  /** Of Parquet pages, or of the whole file for text formats (default snappy for Parquet, else none). */
  file_compression?: 'none' | 'snappy' | 'zstd' | 'gzip'
  /** Between fields of csv (default a comma). */
  'csv.delimiter'?: string
  /** A file that reaches this size is closed and the next one begins. Default: `4096`. */
  'max.file.size.mb'?: number
  /** Date macros {YYYY} {MM} {dd} {HH} {mm}; `{record.<attribute>}` splits by value; empty: none. Default: `"{YYYY}/{MM}/{dd}"`. */
  'output.dir.name.pattern'?: string
  /** The name is prefix-nexset-range. */
  'file.name.prefix'?: string
  /** Name of the root element (default root). */
  'xml.root'?: string
  /** (default zlib). */
  'orc.compress'?: 'none' | 'zlib' | 'snappy' | 'lzo' | 'lz4'
  /** First line with column names (default true). */
  'write.header'?: boolean
  /** Widths in characters for fw, separated by commas. */
  'field.lengths'?: string
  /** For fw (default a space). */
  'padding.character'?: string
  /** For fw (default \n). */
  'line.separator'?: string
  /** Which attribute goes into which column; absent: every attribute under its own name. */
  mapping?: { mode?: 'auto' | 'manual'; mapping?: Record<string, readonly string[]>; fields_order?: readonly string[]; header_template?: string; tracker_mode?: 'NONE' | 'RECORD'; tracker_name?: string }
  /** Repeated by some clients; has no effect. */
  sink_type?: string
  /** The same as `data_format`. */
  file_format?: 'csv' | 'tsv' | 'json' | 'xml' | 'xlsx' | 'edi' | 'avro' | 'parquet' | 'orc' | 'fw'
  /** The same as `file_compression`. */
  compression?: 'none' | 'snappy' | 'zstd' | 'gzip'
  /** The same as `path`. */
  'bucket+prefix?'?: string
}

/** Amazon S3: `sink_config` */
export interface S3Sink {
  /** bucket/prefix to write below; s3://bucket/prefix works too. */
  path?: string
  /** json is one record per line. */
  data_format?: 'csv' | 'tsv' | 'json' | 'xml' | 'xlsx' | 'edi' | 'avro' | 'parquet' | 'orc' | 'fw'
  /** Of Parquet pages, or of the whole file for text formats (default snappy for Parquet, else none). */
  file_compression?: 'none' | 'snappy' | 'zstd' | 'gzip'
  /** Between fields of csv (default a comma). */
  'csv.delimiter'?: string
  /** A file that reaches this size is closed and the next one begins. Default: `4096`. */
  'max.file.size.mb'?: number
  /** Date macros {YYYY} {MM} {dd} {HH} {mm}; `{record.<attribute>}` splits by value; empty: none. Default: `"{YYYY}/{MM}/{dd}"`. */
  'output.dir.name.pattern'?: string
  /** The name is prefix-nexset-range. */
  'file.name.prefix'?: string
  /** Name of the root element (default root). */
  'xml.root'?: string
  /** (default zlib). */
  'orc.compress'?: 'none' | 'zlib' | 'snappy' | 'lzo' | 'lz4'
  /** First line with column names (default true). */
  'write.header'?: boolean
  /** Widths in characters for fw, separated by commas. */
  'field.lengths'?: string
  /** For fw (default a space). */
  'padding.character'?: string
  /** For fw (default \n). */
  'line.separator'?: string
  /** Which attribute goes into which column; absent: every attribute under its own name. */
  mapping?: { mode?: 'auto' | 'manual'; mapping?: Record<string, readonly string[]>; fields_order?: readonly string[]; header_template?: string; tracker_mode?: 'NONE' | 'RECORD'; tracker_name?: string }
  /** Repeated by some clients; has no effect. */
  sink_type?: string
  /** The same as `data_format`. */
  file_format?: 'csv' | 'tsv' | 'json' | 'xml' | 'xlsx' | 'edi' | 'avro' | 'parquet' | 'orc' | 'fw'
  /** The same as `file_compression`. */
  compression?: 'none' | 'snappy' | 'zstd' | 'gzip'
  /** The same as `path`. */
  'bucket+prefix?'?: string
}
