# SPDX-License-Identifier: GPL-3.0-or-later
# cmake -DROOT=FOLDER -DPROGRAM=FILE -P check_transcript.cmake: README.md's transcript is what the program prints.
cmake_minimum_required(VERSION 3.25)

file(READ ${ROOT}/README.md text)
if(NOT text MATCHES "\n```\n\\$ chainrule ([^\n]*)\n([^`]*)```\n")
    message(FATAL_ERROR "README.md has no transcript")
endif()
set(expected "${CMAKE_MATCH_2}")
separate_arguments(arguments UNIX_COMMAND "${CMAKE_MATCH_1}")
execute_process(COMMAND ${PROGRAM} ${arguments} WORKING_DIRECTORY ${ROOT}
    RESULT_VARIABLE status OUTPUT_VARIABLE printed)
if(NOT status EQUAL 0 OR NOT printed STREQUAL expected)
    message(FATAL_ERROR "exit status ${status}; README.md has\n${expected}\nand the program prints\n${printed}")
endif()
