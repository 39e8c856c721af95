import { z } from 'zod';
import { endpoint } from './endpoint.ts';

/** The one channel of Pusher that somebody may listen to. */
export const pusherChannelOf = (userId: string): string => `private-user-${userId}`;

export const pusher = {
  authorize: endpoint({
    method: 'POST',
    path: '/api/pusher/auth',
    tag: 'Devices',
    summary: 'Sign a subscription at Pusher Channels',
    description:
      'What pusher-js and its kin call for a private channel; takes a form as well as JSON. Only `private-user-<my id>` is signed. On it come `notification`, and the frames `message`, `receipt` and `room` of the socket as events of the same names; a message above 10 KB as its `roomId` and `seq`, to be read by REST. 404 where Pusher is not configured.',
    access: 'user',
    takesForm: true,
    // The names are those of Pusher's protocol.
    body: z
      .strictObject({
        socket_id: z
          .string()
          .max(64)
          .regex(/^\d{1,20}\.\d{1,20}$/, 'must be the id of a connection to Pusher'),
        channel_name: z.string().min(1).max(200),
      })
      .meta({
        examples: [{ socket_id: '1234.5678', channel_name: 'private-user-usr_1aBc2dEf3gHi4jKl5mNo6p' }],
      }),
    response: z.object({ auth: z.string().meta({ description: 'the public key and the signature' }) }).meta({
      id: 'PusherAuthorization',
      examples: [
        { auth: '278d425bdf160c739803:58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4' },
      ],
    }),
    errors: ['forbidden', 'not_found'],
  }),
};
