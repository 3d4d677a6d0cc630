import { z } from "zod";
import { formOf } from "../core/form.ts";
import type { ObjectShape } from "../core/shape.ts";
import { understood } from "../travel/http.ts";
import type { NsxContext } from "./client.ts";
import type { PolicyObject } from "./policyObject.ts";

/** The form of one type of policy object, in the names of the wire. */
export function formOfObject(resourceType: string, shape: ObjectShape): z.ZodType<PolicyObject> {
  return formOf(shape).extend({ resource_type: z.literal(resourceType) }) as unknown as z.ZodType<PolicyObject>;
}

/** A context in which every object that NSX shows or answers a write with is of the form, or the operation ends in an error. */
export function expecting(form: z.ZodType<PolicyObject>, context: NsxContext): NsxContext {
  const { client } = context;
  const checked = async (path: string, answer: Promise<PolicyObject>) =>
    understood(`${path} was answered with`, await answer, form, "NSX");
  return {
    ...context,
    client: {
      ...client,
      read: (path, freshness) => checked(path, client.read(path, freshness)),
      write: (path, body, live) => checked(path, client.write(path, body, live)),
    },
  };
}
