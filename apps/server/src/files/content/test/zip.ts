import { crc32, deflateRawSync } from 'node:zlib';

export type ZipEntry = {
  name: string;
  data: string | Buffer;
  /** Not packed, as OpenDocument wants its mimetype. */
  isStored?: boolean;
  /** What the directory says instead of the truth, in bytes. */
  declaredBytes?: number;
  flags?: number;
  /** The name before the data, where it differs from the one in the directory. */
  localName?: string;
  /** Another name in the directory, which some programs prefer. */
  unicodeName?: string;
  /** Bytes that belong to no entry. */
  gapBefore?: string;
};

/** A zip as programs write it, or with one lie in it. */
export function zip(entries: readonly ZipEntry[], comment = ''): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const data = Buffer.from(entry.data);
    const packed = entry.isStored === true ? data : deflateRawSync(data);
    const about = facts(entry, data, packed);
    const localName = Buffer.from(entry.localName ?? entry.name);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), about, Buffer.alloc(4), localName, packed]);
    local.writeUInt16LE(localName.length, 26);
    const gap = Buffer.from(entry.gapBefore ?? '');
    parts.push(gap, local);
    offset += gap.length;
    directory.push(directoryRecord(entry, about, offset));
    offset += local.length;
  }
  const directoryBytes = Buffer.concat(directory);
  return Buffer.concat([
    ...parts,
    directoryBytes,
    endRecord(entries.length, directoryBytes.length, offset, comment),
  ]);
}

/** The 22 bytes that the header before the data and the record in the directory have in common. */
function facts(entry: ZipEntry, data: Buffer, packed: Buffer): Buffer {
  const about = Buffer.alloc(22);
  about.writeUInt16LE(20, 0);
  about.writeUInt16LE(entry.flags ?? 0, 2);
  about.writeUInt16LE(entry.isStored === true ? 0 : 8, 4);
  about.writeUInt32LE(crc32(data), 10);
  about.writeUInt32LE(packed.length, 14);
  about.writeUInt32LE(entry.declaredBytes ?? data.length, 18);
  return about;
}

function directoryRecord({ name, unicodeName }: ZipEntry, about: Buffer, offset: number): Buffer {
  const record = Buffer.alloc(46);
  const extra = unicodeName === undefined ? Buffer.alloc(0) : secondName(name, unicodeName);
  record.write('PK\x01\x02', 0, 'latin1');
  record.writeUInt16LE(20, 4);
  about.copy(record, 6);
  record.writeUInt16LE(Buffer.byteLength(name), 28);
  record.writeUInt16LE(extra.length, 30);
  record.writeUInt32LE(offset, 42);
  return Buffer.concat([record, Buffer.from(name), extra]);
}

function secondName(name: string, unicodeName: string): Buffer {
  const field = Buffer.alloc(9);
  field.writeUInt16LE(0x7075, 0);
  field.writeUInt16LE(5 + Buffer.byteLength(unicodeName), 2);
  field.writeUInt8(1, 4);
  field.writeUInt32LE(crc32(name), 5);
  return Buffer.concat([field, Buffer.from(unicodeName)]);
}

function endRecord(count: number, directoryBytes: number, offset: number, comment: string): Buffer {
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(directoryBytes, 12);
  end.writeUInt32LE(offset, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([end, Buffer.from(comment)]);
}
