import { invalidRequest } from '../http/errors.ts';
import { objectOf, type Parameters, textOf } from '../http/parameters.ts';
import type { JsonObject } from '../json.ts';

const legacy: Record<string, JsonObject> = {
  standard: { fees: 'account', losses: 'stripe', requirements: 'stripe', dashboard: 'full' },
  express: {
    fees: 'application_express',
    losses: 'application',
    requirements: 'stripe',
    dashboard: 'express',
  },
  custom: {
    fees: 'application_custom',
    losses: 'application',
    requirements: 'application',
    dashboard: 'none',
  },
};

function typeOf(dashboard: string, requirements: string): string {
  if (dashboard === 'express') return 'express';
  if (dashboard === 'full') return 'standard';
  return requirements === 'application' ? 'custom' : 'none';
}

/** Who controls a new account, and the legacy type that comes nearest. */
export function controllerOf(params: Parameters): { controller: JsonObject; type: string } {
  const type = textOf(params, 'type');
  if (type !== undefined && params.controller !== undefined) {
    throw invalidRequest('You may only specify one of these parameters: type, controller.', {
      code: 'parameters_exclusive',
      param: 'controller',
    });
  }
  const given = objectOf(params, 'controller');
  const preset = legacy[type ?? 'standard'] ?? {};
  const dashboard = textOf(objectOf(given, 'stripe_dashboard'), 'type') ?? String(preset.dashboard);
  const requirements = textOf(given, 'requirement_collection') ?? String(preset.requirements);
  if (requirements === 'application' && dashboard !== 'none') {
    throw invalidRequest(
      'When `controller[requirement_collection]` is `application`, `controller[stripe_dashboard][type]` must be `none`.',
      { param: 'controller[stripe_dashboard][type]' },
    );
  }
  return {
    type: type ?? typeOf(dashboard, requirements),
    controller: {
      fees: { payer: textOf(objectOf(given, 'fees'), 'payer') ?? preset.fees },
      is_controller: true,
      losses: { payments: textOf(objectOf(given, 'losses'), 'payments') ?? preset.losses },
      requirement_collection: requirements,
      stripe_dashboard: { type: dashboard },
      type: 'application',
    },
  };
}
