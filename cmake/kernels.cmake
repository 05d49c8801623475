# Each file backend/cpu/isa_*.cpp compiles every kernel once, for one instruction set, in a namespace of its own.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set(isa_flags_avx2 -mavx2 -mfma -mf16c -mbmi2)
  set(isa_flags_avx512 -mavx2 -mfma -mf16c -mbmi2 -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni)
endif()
foreach(isa IN ITEMS avx2 avx512)
  set_source_files_properties(${CMAKE_SOURCE_DIR}/src/backend/cpu/isa_${isa}.cpp PROPERTIES
    COMPILE_OPTIONS "${isa_flags_${isa}}")
endforeach()
