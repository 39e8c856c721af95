import { z } from 'zod';

/* The body of messages:send as Firebase documents it (REST reference of HTTP v1), as far as anybody sends it. */

const text = z.string();
const map = z.record(text, text);
const duration = text.regex(/^\d+(\.\d{1,9})?s$/, 'must be a duration such as 3.5s');
const reserved = /^(from|message_type|google.*|gcm.*)$/;

const data = map.refine((all) => !Object.keys(all).some((key) => reserved.test(key)), 'has a reserved key');

const androidNotification = z.strictObject({
  title: text.optional(),
  body: text.optional(),
  icon: text.optional(),
  color: text.optional(),
  sound: text.optional(),
  tag: text.optional(),
  click_action: text.optional(),
  channel_id: text.optional(),
  ticker: text.optional(),
  sticky: z.boolean().optional(),
  event_time: text.optional(),
  local_only: z.boolean().optional(),
  notification_priority: text.optional(),
  default_sound: z.boolean().optional(),
  notification_count: z.int().min(0).optional(),
  visibility: z.enum(['PRIVATE', 'PUBLIC', 'SECRET']).optional(),
  image: text.optional(),
});

const apnsHeaders = map.refine(
  (all) => Buffer.byteLength(all['apns-collapse-id'] ?? '') <= 64,
  'apns-collapse-id is above 64 bytes',
);

const Message = z.strictObject({
  token: text.min(1),
  notification: z
    .strictObject({ title: text.optional(), body: text.optional(), image: text.optional() })
    .optional(),
  data: data.optional(),
  android: z
    .strictObject({
      collapse_key: text.optional(),
      priority: z.enum(['normal', 'high', 'NORMAL', 'HIGH']).optional(),
      ttl: duration.optional(),
      restricted_package_name: text.optional(),
      data: data.optional(),
      notification: androidNotification.optional(),
      direct_boot_ok: z.boolean().optional(),
    })
    .optional(),
  apns: z
    .strictObject({
      headers: apnsHeaders.optional(),
      payload: z.looseObject({ aps: z.looseObject({ badge: z.int().min(0).optional() }) }).optional(),
      fcm_options: z.strictObject({ analytics_label: text.optional(), image: text.optional() }).optional(),
    })
    .optional(),
  webpush: z
    .strictObject({
      headers: map.optional(),
      data: map.optional(),
      notification: z.looseObject({}).optional(),
      fcm_options: z.strictObject({ link: text.optional(), analytics_label: text.optional() }).optional(),
    })
    .optional(),
  fcm_options: z.strictObject({ analytics_label: text.optional() }).optional(),
});

const SendRequest = z.strictObject({ message: Message, validate_only: z.boolean().optional() });

export type SentMessage = z.output<typeof Message>;

const maximumBytes = 4096;

/** The message of a request, or which field of it is wrong and how. */
export function readSendRequest(
  body: string,
): { message: SentMessage; isTrial: boolean } | { field: string; description: string } {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return { field: '', description: 'Invalid JSON payload received.' };
  }
  const parsed = SendRequest.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    return { field: issue.path.join('.'), description: `Invalid value: ${issue.message}` };
  }
  const { message, validate_only: isTrial = false } = parsed.data;
  const { token: _token, ...payload } = message;
  if (Buffer.byteLength(JSON.stringify(payload)) > maximumBytes)
    return { field: 'message', description: `Android message is too big: above ${maximumBytes} bytes` };
  return { message, isTrial };
}
