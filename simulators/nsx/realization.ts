import type { Clock } from "../kit/index.ts";
import type { Json } from "./fields.ts";
import type { Stored } from "./store.ts";
import type { NsxSwitches } from "./switches.ts";

/** How the realization of one object is to go, set by a test: it holds for every write from then on. */
export interface RealizationPlan {
  /** Milliseconds from a write until its outcome shows. */
  delay?: number | undefined;
  failure?: { message: string; errorCode: number } | undefined;
}

export interface Realization {
  plan(path: string, plan: RealizationPlan | undefined): void;
  /** `GET /infra/segments/{id}/state`. */
  segmentState(stored: Stored): Json;
  /** `GET …/realized-state/status?intent_path=`. */
  status(stored: Stored): Json;
  /** `GET …/realized-state/realized-entities?intent_path=`. */
  entities(stored: Stored): Json[];
  alarms(stored: Stored): Json[];
  reset(): void;
}

type State = "pending" | "done" | "failed";

/** PATCH and PUT answer 200 when the intent is accepted: whether it was carried out shows only here. */
export function createRealization(clock: Clock, switches: NsxSwitches): Realization {
  const plans = new Map<string, RealizationPlan>();

  function stateOf({ path, committedAt }: Stored): State {
    const plan = plans.get(path);
    if (clock.now() < committedAt + (plan?.delay ?? switches.realizationDelay)) return "pending";
    return plan?.failure ? "failed" : "done";
  }

  function failureOf({ path }: Stored) {
    return plans.get(path)?.failure ?? { message: "", errorCode: 0 };
  }

  function alarms(stored: Stored): Json[] {
    if (stateOf(stored) !== "failed") return [];
    const { message, errorCode } = failureOf(stored);
    const details = {
      error_code: errorCode,
      error_message: message,
      module_name: "policy",
      http_status: "BAD_REQUEST",
    };
    return [
      {
        resource_type: "PolicyAlarmResource",
        id: `${stored.body.unique_id}-alarm`,
        source_reference: stored.path,
        message,
        error_details: details,
      },
    ];
  }

  return {
    alarms,
    plan: (path, plan) => {
      if (plan) plans.set(path, plan);
      else plans.delete(path);
    },
    segmentState: (stored) => {
      const state = { pending: "in_progress", done: "success", failed: "failed" }[stateOf(stored)];
      const { message, errorCode } = failureOf(stored);
      return {
        segment_path: stored.path,
        state,
        details: [],
        ...(state === "failed" && { failure_code: errorCode, failure_message: message }),
      };
    },
    status: (stored) => {
      const state = stateOf(stored);
      const consolidated = { consolidated_status: { pending: "IN_PROGRESS", done: "SUCCESS", failed: "ERROR" }[state] };
      return {
        intent_path: stored.path,
        intent_version: String(stored.body._revision),
        publish_status: { pending: "UNREALIZED", done: "REALIZED", failed: "ERROR" }[state],
        consolidated_status: consolidated,
        consolidated_status_per_enforcement_point: [
          {
            resource_type: "ConsolidatedStatusPerEnforcementPoint",
            consolidated_status: consolidated,
            site_path: "/infra/sites/default",
            enforcement_point_id: "default",
          },
        ],
      };
    },
    entities: (stored) => {
      const state = { pending: "UNREALIZED", done: "REALIZED", failed: "ERROR" }[stateOf(stored)];
      return [
        {
          resource_type: "GenericPolicyRealizedResource",
          id: stored.body.unique_id,
          display_name: stored.body.display_name,
          path: `/infra/realized-state/enforcement-points/default${stored.path.replace(/^\/infra/, "")}`,
          entity_type: realizedTypes[stored.type.name] ?? `Realized${stored.type.name}`,
          intent_paths: [stored.path],
          state,
          runtime_status: "UP",
          publish_status: state,
          realization_specific_identifier: stored.body.unique_id,
          alarms: alarms(stored),
        },
      ];
    },
    reset: () => plans.clear(),
  };
}

/** Names that clients look for. */
const realizedTypes: Record<string, string> = {
  Segment: "RealizedLogicalSwitch",
  SegmentPort: "RealizedLogicalPort",
  Tier0: "RealizedLogicalRouter",
  Tier1: "RealizedLogicalRouter",
};
