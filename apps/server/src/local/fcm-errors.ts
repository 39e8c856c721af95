/** How HTTP v1 of Firebase Cloud Messaging says no: status, canonical name, its own code and words. */
const table = {
  UNREGISTERED: [404, 'NOT_FOUND', 'Requested entity was not found.'],
  INVALID_ARGUMENT: [400, 'INVALID_ARGUMENT', 'The registration token is not a valid FCM registration token'],
  SENDER_ID_MISMATCH: [403, 'PERMISSION_DENIED', 'SenderId mismatch'],
  QUOTA_EXCEEDED: [429, 'RESOURCE_EXHAUSTED', 'Message rate exceeded for the target of this message.'],
  UNAVAILABLE: [503, 'UNAVAILABLE', 'The service is currently unavailable.'],
  INTERNAL: [500, 'INTERNAL', 'Internal error encountered.'],
  THIRD_PARTY_AUTH_ERROR: [401, 'UNAUTHENTICATED', 'Auth error from APNS or Web Push Service'],
} as const satisfies Record<string, readonly [status: number, name: string, message: string]>;

export type FcmError = keyof typeof table;

export type FcmAnswer = { status: number; headers?: Record<string, string>; body: object };

/** Tokens that begin so are always answered like that, for trying out what happens then. */
const tokens: Readonly<Record<string, FcmError>> = {
  'unregistered-': 'UNREGISTERED',
  'invalid-': 'INVALID_ARGUMENT',
  'mismatch-': 'SENDER_ID_MISMATCH',
  'quota-': 'QUOTA_EXCEEDED',
  'unavailable-': 'UNAVAILABLE',
  'internal-': 'INTERNAL',
  'thirdparty-': 'THIRD_PARTY_AUTH_ERROR',
};

export const errorOfToken = (token: string): FcmError | undefined =>
  Object.entries(tokens).find(([start]) => token.startsWith(start))?.[1];

export function fcmError(error: FcmError, headers?: Record<string, string>): FcmAnswer {
  const [status, name, message] = table[error];
  const details: object[] = [
    { '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode: error },
  ];
  if (error === 'INVALID_ARGUMENT') details.push(badRequest('message.token', message));
  const answer = { status, body: { error: { code: status, message, status: name, details } } };
  return headers === undefined ? answer : { ...answer, headers };
}

/** What Google's servers say before Firebase has looked at a request. */
export const apiError = (status: number, name: string, message: string): FcmAnswer => ({
  status,
  body: { error: { code: status, message, status: name } },
});

/** A request that does not fit HTTP v1, and where. */
export const invalidRequest = (field: string, description: string): FcmAnswer => ({
  status: 400,
  body: {
    error: {
      code: 400,
      message: description,
      status: 'INVALID_ARGUMENT',
      details: [badRequest(field, description)],
    },
  },
});

const badRequest = (field: string, description: string) => ({
  '@type': 'type.googleapis.com/google.rpc.BadRequest',
  fieldViolations: [{ field, description }],
});
