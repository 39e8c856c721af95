import type { FastifyInstance } from 'fastify';
import { portfolio, profilePictures } from './accounts/accounts.ts';
import { serveAccounts } from './accounts/routes.ts';
import { type ApprovedActions, recordAdminAction } from './admin/admin.ts';
import { serveAdmin } from './admin/routes.ts';
import { serveReconciliations } from './audit/routes.ts';
import { hasLiveBookings, proofOfWork } from './bookings/bookings.ts';
import { serveBookings } from './bookings/routes.ts';
import { serveChargebacks } from './chargebacks/routes.ts';
import { type Chat, chatFiles, createChat } from './chat/chat.ts';
import { serveModeration } from './chat/moderation/routes.ts';
import { serveChat } from './chat/routes.ts';
import { serveCheckout } from './checkout/routes.ts';
import { serveCommission } from './commission/routes.ts';
import type { Ctx } from './context.ts';
import { disputeActions, evidenceFiles } from './disputes/disputes.ts';
import { serveDisputes } from './disputes/routes.ts';
import { serveEarnings } from './earnings/routes.ts';
import type { Purposes } from './files/files.ts';
import { serveFiles } from './files/routes.ts';
import { createHttpServer } from './http/server.ts';
import { serveApplications } from './jobs/applications/routes.ts';
import { jobFiles, leaveMarket } from './jobs/jobs.ts';
import { serveJobs } from './jobs/routes.ts';
import { serveMetrics } from './metrics/routes.ts';
import { serveDevices } from './notifications/devices/routes.ts';
import { serveUnsubscribe } from './notifications/mails/routes.ts';
import { servePusher } from './notifications/pusher/routes.ts';
import { serveNotifications } from './notifications/routes.ts';
import { hasUnsettledMoney } from './payments/payments.ts';
import { servePayments } from './payments/routes.ts';
import { servePayouts } from './payouts/routes.ts';
import { serveReceipts } from './receipts/routes.ts';
import { refundApproved } from './refunds/refunds.ts';
import { serveRefunds } from './refunds/routes.ts';
import { serveReviews } from './reviews/routes.ts';
import { serveWebhooks } from './webhooks/routes.ts';

/** What happens when a second admin approves it, by the name under which the first asked: see requireApproval. */
const approvedActions: ApprovedActions = { ...disputeActions, 'payment.refund': refundApproved };

/** Whose files are what: a purpose belongs to the module of its object. */
const purposes: Purposes = {
  profile: profilePictures,
  portfolio,
  job: jobFiles,
  proof: proofOfWork,
  evidence: evidenceFiles,
  chat: chatFiles,
};

/** The whole HTTP application: the transport and every module's routes. */
export async function createApp(ctx: Ctx, chat: Chat = createChat(ctx)): Promise<FastifyInstance> {
  const app = await createHttpServer(ctx);
  serveMetrics(app, ctx);
  // Accounts know nothing of what their people do; whether one may go is asked of those who do.
  serveAccounts(app, ctx, {
    leave: async (tx, userId) => {
      if ((await hasLiveBookings(tx, userId)) || (await hasUnsettledMoney(tx, userId))) return false;
      // Who goes leaves no open job or application behind.
      await leaveMarket(ctx, tx, userId);
      return true;
    },
  });
  await serveFiles(app, ctx, {
    purposes,
    recordRemoval: (tx, at, adminId, subject) =>
      recordAdminAction(tx, at, { adminId, action: 'file.remove', subject }),
  });
  serveJobs(app, ctx);
  serveApplications(app, ctx);
  serveBookings(app, ctx);
  serveChat(app, ctx, chat);
  serveModeration(app, ctx, chat);
  serveDisputes(app, ctx);
  serveCheckout(app, ctx);
  servePayments(app, ctx);
  servePayouts(app, ctx);
  serveEarnings(app, ctx);
  serveReceipts(app, ctx);
  serveReviews(app, ctx);
  serveNotifications(app, ctx);
  serveDevices(app, ctx);
  await serveUnsubscribe(app, ctx);
  await servePusher(app, ctx);
  serveAdmin(app, ctx, { approvedActions });
  serveRefunds(app, ctx);
  serveChargebacks(app, ctx);
  serveReconciliations(app, ctx);
  serveCommission(app, ctx);
  await serveWebhooks(app, ctx);
  return app;
}
