type Layout = { width: number; height: number; samples: 3 | 4; icc: Uint8Array | undefined };

/** A field of the file's directory: its bytes, and how many values of its type they are. */
type Field = { tag: number; type: number; count: number; bytes: Buffer };

const rowsPerStrip = 64;
const firstFieldAt = 10;
const fieldBytes = 12;

/**
 * All of an uncompressed TIFF but its pixels, which follow it as they are: the simplest file that can carry a colour
 * profile, and that is read in strips.
 */
export function tiffHeader({ width, height, samples, icc }: Layout): Buffer {
  const strips = Math.ceil(height / rowsPerStrip);
  const rowBytes = width * samples;
  const lastStripBytes = (height - (strips - 1) * rowsPerStrip) * rowBytes;
  const fields = (pixelsAt: number): Field[] => [
    long(256, [width]),
    long(257, [height]),
    short(258, Array(samples).fill(8)),
    short(259, [1]), // not compressed
    short(262, [2]), // RGB
    long(
      273,
      Array.from({ length: strips }, (_one, index) => pixelsAt + index * rowsPerStrip * rowBytes),
    ),
    short(277, [samples]),
    long(278, [rowsPerStrip]),
    long(279, [...Array(strips - 1).fill(rowsPerStrip * rowBytes), lastStripBytes]),
    short(284, [1]), // the samples of a pixel side by side
    ...(samples === 4 ? [short(338, [2])] : []), // transparency that is not multiplied in
    ...(icc === undefined ? [] : [{ tag: 34675, type: 7, count: icc.length, bytes: Buffer.from(icc) }]),
  ];
  // Where the pixels begin does not change how long the header is.
  return written(fields(written(fields(0)).length));
}

function written(fields: Field[]): Buffer {
  const table = Buffer.alloc(firstFieldAt + fields.length * fieldBytes + 4);
  table.write('II*\0', 0, 'latin1');
  table.writeUInt32LE(8, 4);
  table.writeUInt16LE(fields.length, 8);
  const outside: Buffer[] = [];
  let end = table.length;
  for (const [index, { tag, type, count, bytes }] of fields.entries()) {
    const at = firstFieldAt + index * fieldBytes;
    table.writeUInt16LE(tag, at);
    table.writeUInt16LE(type, at + 2);
    table.writeUInt32LE(count, at + 4);
    if (bytes.length <= 4) bytes.copy(table, at + 8);
    else {
      table.writeUInt32LE(end, at + 8);
      const even = Buffer.alloc(bytes.length + (bytes.length % 2));
      bytes.copy(even);
      outside.push(even);
      end += even.length;
    }
  }
  return Buffer.concat([table, ...outside]);
}

function short(tag: number, values: number[]): Field {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [index, value] of values.entries()) bytes.writeUInt16LE(value, index * 2);
  return { tag, type: 3, count: values.length, bytes };
}

function long(tag: number, values: number[]): Field {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value, index * 4);
  return { tag, type: 4, count: values.length, bytes };
}
