/** NIM keeps who logged in, and not who changed what. */
export const unknownWriter = "somebody else (NIM does not say who)";
