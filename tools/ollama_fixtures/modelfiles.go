package main

var modelfileTexts = []string{
	"FROM smollm2", "from smollm2\n", "FROM  qwen3:4b  \n\n# note\nPARAMETER temperature 0.5\nparameter stop <|end|>\nPARAMETER stop \"a b\"\n", "FROM ./model.gguf\r\nSYSTEM hello there\r\n",
	"FROM a\nSYSTEM \"\"\"\nYou are a bot.\n\n  Be \"kind\".\n\"\"\"\nPARAMETER seed 1", "FROM a\nTEMPLATE \"\"\"{{ .System }}\n{{ .Prompt }}\"\"\"\n", "FROM a\nTEMPLATE {{ .Prompt }} # no comment\n", "FROM a\nSYSTEM \"one\ntwo\"\n",
	"FROM a\nMESSAGE user Hi: you\nMESSAGE assistant \"Hello\"\nMESSAGE system S\n", "FROM a\nMESSAGE robot Hi\n", "FROM a\nLICENSE MIT\nLICENSE \"\"\"Apache\n2\"\"\"\n", "FROM a\nADAPTER ./lora.gguf\nRENDERER x\nPARSER y\nREQUIRES 0.14.0\n",
	"", "SYSTEM hi\n", "FROM\n", "FORM a\n", "FROM a\nSYSTEM \"\"\"open\n", "FROM a\nSYSTEM \"open\n", "FROM a\nPARAMETER\n", "FROM a\nPARAMETER x\n", "FROM a\nPARAMETER num_ctx 4096\nPARAMETER use_mmap true\n", "FROM a\n  SYSTEM indented\n",
	"# only\n# comments\nFROM a # trailing\n", "FROM a\nSYSTEM he said \"hi\"\n", "FROM a\nSYSTEM \"\"\"a\"\"\" b\n\"\"\"\n", "FROM a\nSYSTEM \"a\" b\"\n", "\ufeffFROM a\n", "FROM a\nSYSTEM gr\u00f6\u00dfer \u4f60\u597d\n", "FROM a\nFROM b\n", "FROM a\n\n\n#x\n\nSYSTEM y", "FROM a\nSYSTEM \"\"\"\"\"\"\n", "FROM a\nSYSTEM \"\"\n",
}
