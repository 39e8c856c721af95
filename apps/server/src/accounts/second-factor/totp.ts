import { createHmac, timingSafeEqual } from 'node:crypto';

// RFC 6238 as authenticator apps expect it: SHA-1, steps of 30 seconds, six digits.
const stepMs = 30_000;
const digits = 6;
// A phone's clock may be a step off, and typing takes time.
const tolerance = [0, -1, 1];

/** The code of one time step. */
export function codeOf(secret: Buffer, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', secret).update(counter).digest();
  // RFC 4226: the last four bits say where in the MAC the number stands.
  const number = mac.readUInt32BE(mac.at(-1)! & 0x0f) & 0x7fff_ffff;
  return String(number % 10 ** digits).padStart(digits, '0');
}

/** The time step that this code belongs to, within one step of now; undefined for a wrong code. */
export function stepOf(secret: Buffer, code: string, now: Date): number | undefined {
  const current = Math.floor(now.getTime() / stepMs);
  return tolerance.map((offset) => current + offset).find((step) => isEqual(codeOf(secret, step), code));
}

function isEqual(expected: string, given: string): boolean {
  const [one, other] = [Buffer.from(expected), Buffer.from(given)];
  return one.length === other.length && timingSafeEqual(one, other);
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 4648 base 32 without padding; the length must be a multiple of five bytes. */
export function base32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return bits.replace(/.{5}/g, (five) => alphabet[Number.parseInt(five, 2)]!);
}

/** What a QR code for authenticator apps holds. */
export function otpauthUri(secret: Buffer, email: string): string {
  const label = `Holdfast:${encodeURIComponent(email)}`;
  return `otpauth://totp/${label}?secret=${base32(secret)}&issuer=Holdfast`;
}
